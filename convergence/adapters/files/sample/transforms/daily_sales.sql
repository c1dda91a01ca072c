/*
description: Orders and their sum, by day.
materialized: table
*/
SELECT
  ordered_at::DATE AS day,
  count(*) AS orders,
  sum(amount) AS amount
FROM {{ ref('orders') }}
GROUP BY ALL
ORDER BY day
