-- Bronze: what arrived, as it arrived. Each file is read exactly once.

CREATE OR REFRESH STREAMING TABLE flights_bronze
COMMENT 'One row a flight, as the carrier reported it'
AS SELECT *, _metadata.file_name AS source_file
FROM STREAM read_files('${landing}/flights', format => 'csv', header => true, nullValue => 'NA');

CREATE OR REFRESH STREAMING TABLE weather_bronze
COMMENT 'One row an hour and airport of origin'
AS SELECT *, _metadata.file_name AS source_file
FROM STREAM read_files('${landing}/weather', format => 'csv', header => true, nullValue => 'NA');

-- Small reference lists are read whole, and only again when a file changed.

CREATE OR REFRESH MATERIALIZED VIEW airlines
COMMENT 'Carrier codes and names'
AS SELECT carrier, name
FROM read_files('${landing}/reference/airlines.csv', format => 'csv', header => true);

CREATE OR REFRESH MATERIALIZED VIEW airports
AS SELECT faa, name, lat, lon, alt
FROM read_files('${landing}/reference/airports.csv', format => 'csv', header => true);

CREATE OR REFRESH MATERIALIZED VIEW planes
AS SELECT tailnum, CAST(year AS INT) AS built, manufacturer, model, CAST(seats AS INT) AS seats
FROM read_files('${landing}/reference/planes.csv', format => 'csv', header => true,
                nullValue => 'NA');
