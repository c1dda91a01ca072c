/*
description: Delay of departing flights by airport and day, with the usual weather of that day.
materialized: table
*/
-- The flights are of 2001, the weather of 2012 to 2015: the mean of a calendar day stands in.
-- Three decimals hold a mean of four years exactly, so no warehouse rounds it another way.
WITH usual_weather AS (
  SELECT
    CASE location WHEN 'New York' THEN 'JFK' WHEN 'Seattle' THEN 'SEA' END AS iata,
    EXTRACT(MONTH FROM date) * 100 + EXTRACT(DAY FROM date) AS calendar_day,
    round(avg(precipitation), 3) AS usual_precipitation_mm,
    round(avg(wind), 3) AS usual_wind_ms
  FROM {{ ref('weather') }}
  GROUP BY 1, 2
)
SELECT
  CAST(flights.date AS DATE) AS day,
  flights.origin AS iata,
  any_value(airports.name) AS airport,
  any_value(airports.state) AS state,
  count(*) AS flights,
  round(avg(flights.delay), 2) AS mean_delay_minutes,
  round(100.0 * countif(flights.delay > 15) / count(*), 1) AS delayed_percent,
  any_value(usual_weather.usual_precipitation_mm) AS usual_precipitation_mm,
  any_value(usual_weather.usual_wind_ms) AS usual_wind_ms
FROM {{ ref('flights') }} AS flights
JOIN {{ ref('airports') }} AS airports ON airports.iata = flights.origin
LEFT JOIN usual_weather
  ON usual_weather.iata = flights.origin
  AND usual_weather.calendar_day = EXTRACT(MONTH FROM flights.date) * 100 + EXTRACT(DAY FROM flights.date)
GROUP BY 1, 2
