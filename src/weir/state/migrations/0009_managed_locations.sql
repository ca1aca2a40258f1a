-- Where new managed tables and volumes of a catalog or schema go, as the URI of a folder; '' is where
-- those of what it is in go: of the catalog, of the home.
ALTER TABLE catalogs ADD COLUMN managed_location TEXT NOT NULL DEFAULT '';
ALTER TABLE schemas ADD COLUMN managed_location TEXT NOT NULL DEFAULT '';
