-- What silver does not take is kept with the reason, for somebody to look at.

CREATE OR REFRESH STREAMING TABLE flights_quarantine
COMMENT 'Flights that flights_silver does not have, and why'
AS SELECT
  CASE
    WHEN _rescued_data IS NULL THEN 'no tail number'
    ELSE 'a value that does not fit its column'
  END AS reason,
  _rescued_data AS rescued,
  source_file,
  make_date(year, month, day) AS flight_date,
  carrier,
  flight AS flight_number,
  tailnum,
  origin,
  dest
FROM STREAM flights_bronze
WHERE _rescued_data IS NOT NULL OR tailnum IS NULL;
