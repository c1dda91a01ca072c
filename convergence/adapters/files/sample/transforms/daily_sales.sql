/*
description: Orders and their sum, by day.
materialized: table
*/
SELECT
  CAST(ordered_at AS DATE) AS day,
  count(*) AS orders,
  sum(amount) AS amount
FROM {{ ref('orders') }}
GROUP BY 1
ORDER BY day
