-- Silver: typed, named, checked. Expectations count, drop or refuse rows that break a rule. What is left out here goes to
-- quarantine.sql.

CREATE OR REFRESH STREAMING TABLE flights_silver (
  CONSTRAINT known_carrier EXPECT (airline IS NOT NULL) ON VIOLATION FAIL UPDATE,
  CONSTRAINT has_tail_number EXPECT (tailnum IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT departed EXPECT (departure_delay IS NOT NULL),
  CONSTRAINT delay_is_plausible EXPECT (departure_delay IS NULL OR departure_delay < 12 * 60)
)
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
WHERE f._rescued_data IS NULL;

CREATE OR REFRESH STREAMING TABLE weather_silver (
  CONSTRAINT visibility_known EXPECT (visibility IS NOT NULL) ON VIOLATION DROP ROW
)
AS SELECT
  make_date(year, month, day) AS weather_date,
  hour,
  origin,
  CAST(visib AS DOUBLE) AS visibility,
  CAST(wind_speed AS DOUBLE) AS wind_speed,
  CAST(precip AS DOUBLE) AS precipitation
FROM STREAM weather_bronze;

-- Seen by this pipeline only; nothing is stored.
CREATE TEMPORARY VIEW flown AS
SELECT * FROM flights_silver WHERE arrival_delay IS NOT NULL;
