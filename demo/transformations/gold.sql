-- Gold: what people look at.

CREATE MATERIALIZED VIEW delay_by_carrier
COMMENT 'How late each airline is'
AS SELECT
  airline,
  count(*) AS flights,
  round(avg(arrival_delay), 2) AS mean_delay,
  round(100.0 * count_if(arrival_delay > 15) / count(*), 2) AS percent_late
FROM flown
GROUP BY airline;

CREATE MATERIALIZED VIEW delay_by_route
COMMENT 'The routes with at least 300 flights, the latest first by rank'
AS
WITH routes AS (
  SELECT origin, dest, count(*) AS flights, avg(arrival_delay) AS delay
  FROM flown
  GROUP BY origin, dest
  HAVING count(*) >= 300
)
SELECT
  r.origin,
  r.dest,
  coalesce(p.name, r.dest) AS destination,
  r.flights,
  round(r.delay, 2) AS mean_delay,
  rank() OVER (ORDER BY round(r.delay, 2) DESC) AS latest
FROM routes AS r
LEFT JOIN airports AS p ON p.faa = r.dest;

CREATE MATERIALIZED VIEW delay_by_weather
COMMENT 'Departure delay by what the weather was at the airport in that hour'
AS SELECT
  CASE
    WHEN w.visibility < 2 THEN '1 fog'
    WHEN w.precipitation > 0.05 THEN '2 rain'
    WHEN w.wind_speed > 25 THEN '3 wind'
    ELSE '4 fair'
  END AS weather,
  count(*) AS flights,
  round(avg(f.departure_delay), 2) AS mean_delay,
  count_if(f.cancelled) AS cancelled
FROM flights_silver AS f
JOIN weather_silver AS w
  ON w.origin = f.origin AND w.weather_date = f.flight_date AND w.hour = f.hour
GROUP BY 1;

CREATE MATERIALIZED VIEW delay_by_plane_age
COMMENT 'Are old planes later?'
AS SELECT
  CASE
    WHEN 2013 - p.built < 5 THEN '00 to 04 years'
    WHEN 2013 - p.built < 10 THEN '05 to 09 years'
    WHEN 2013 - p.built < 20 THEN '10 to 19 years'
    ELSE '20 years or more'
  END AS age,
  count(*) AS flights,
  count(DISTINCT f.tailnum) AS planes,
  round(avg(f.arrival_delay), 2) AS mean_delay
FROM flown AS f
JOIN planes AS p ON p.tailnum = f.tailnum
WHERE p.built IS NOT NULL
GROUP BY age;
