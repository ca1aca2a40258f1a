-- The time zone that was in force when a function was made; NULL of those made before: the caller's.
ALTER TABLE functions ADD COLUMN time_zone TEXT;
