-- The demo's silver tables in the SQL that Apache Spark and weir have in common: what the demo expects
-- ON VIOLATION DROP ROW is a condition here.

CREATE STREAMING TABLE flights_silver
COMMENT 'Flights with the name of the airline and the hour they were due'
AS SELECT
  make_date(f.year, f.month, f.day) AS flight_date,
  f.hour,
  f.carrier,
  a.name AS airline,
  f.flight AS flight_number,
  f.tailnum,
  f.origin,
  f.dest,
  f.distance,
  CAST(f.dep_delay AS INT) AS departure_delay,
  CAST(f.arr_delay AS INT) AS arrival_delay,
  f.dep_time IS NULL AS cancelled
FROM STREAM flights_bronze AS f
LEFT JOIN airlines AS a ON f.carrier = a.carrier
WHERE f.tailnum IS NOT NULL;

CREATE STREAMING TABLE weather_silver
AS SELECT
  make_date(year, month, day) AS weather_date,
  hour,
  origin,
  CAST(visib AS DOUBLE) AS visibility,
  CAST(wind_speed AS DOUBLE) AS wind_speed,
  CAST(precip AS DOUBLE) AS precipitation
FROM STREAM weather_bronze
WHERE visib IS NOT NULL;

CREATE TEMPORARY VIEW flown AS
SELECT * FROM flights_silver WHERE arrival_delay IS NOT NULL;
