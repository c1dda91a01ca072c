/*
description: Airports by mean delay, of those with at least a thousand flights.
materialized: view
*/
SELECT
  iata,
  any_value(airport) AS airport,
  any_value(state) AS state,
  CAST(sum(days.flights) AS INT64) AS flights,
  round(sum(days.mean_delay_minutes * days.flights) / sum(days.flights), 2) AS mean_delay_minutes
FROM {{ ref('daily_delays') }} AS days
GROUP BY iata
HAVING sum(days.flights) >= 1000
ORDER BY mean_delay_minutes DESC
