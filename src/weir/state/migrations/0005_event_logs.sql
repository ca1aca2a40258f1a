-- Event logs are a kind of their own; before, they were the managed tables that name a pipeline.
UPDATE tables SET kind = 'EVENT_LOG' WHERE kind = 'MANAGED' AND pipeline <> '';
