/*
description: Airports by mean delay, of those with at least a thousand flights.
materialized: view
*/
SELECT
  iata,
  any_value(airport) AS airport,
  any_value(state) AS state,
  sum(flights)::BIGINT AS flights,
  round(sum(mean_delay_minutes * flights) / sum(flights), 2) AS mean_delay_minutes
FROM {{ ref('daily_delays') }}
GROUP BY iata
HAVING sum(flights) >= 1000
ORDER BY mean_delay_minutes DESC
