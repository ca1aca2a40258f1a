-- The registry of planes is a feed of changes: planes are registered, refitted with other seats, and retired. Some
-- changes come a month late, some twice. The history that AUTO CDC keeps is right all the same.

CREATE OR REFRESH STREAMING TABLE registry_bronze
COMMENT 'One row a change, as it was told'
AS SELECT tailnum, change, effective, built, manufacturer, model, seats
FROM STREAM read_files('${landing}/registry', format => 'json', schemaHints => 'effective DATE');

CREATE OR REFRESH STREAMING TABLE plane_history
COMMENT 'What each plane was, from when to when (SCD type 2)';

CREATE FLOW plane_changes AS AUTO CDC INTO plane_history
FROM STREAM registry_bronze
KEYS (tailnum)
APPLY AS DELETE WHEN change = 'RETIRE'
SEQUENCE BY effective
COLUMNS (tailnum, built, manufacturer, model, seats)
STORED AS SCD TYPE 2;

CREATE MATERIALIZED VIEW fleet REFRESH POLICY INCREMENTAL
COMMENT 'The planes that are registered now'
AS SELECT manufacturer, count(*) AS planes, sum(seats) AS seats
FROM plane_history
WHERE __END_AT IS NULL
GROUP BY manufacturer;

CREATE MATERIALIZED VIEW seats_by_day REFRESH POLICY INCREMENTAL
COMMENT 'Seats that were flown, as many as each plane had on that day'
AS SELECT f.flight_date, count(*) AS flights, sum(p.seats) AS seats
FROM flown AS f
JOIN plane_history AS p
  ON p.tailnum = f.tailnum
  AND f.flight_date >= p.__START_AT AND (p.__END_AT IS NULL OR f.flight_date < p.__END_AT)
GROUP BY f.flight_date;
