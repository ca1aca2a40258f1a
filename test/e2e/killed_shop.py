"""A shop whose files keep coming, and what the tables made of them hold, computed from all of them at once."""

import collections
import json
import os

import auto_cdc_model as model

SPEC = "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n"
CDC = ("FROM STREAM customer_events KEYS (id) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY seq "
       "COLUMNS (id, a, b)")
FLOWS = f"""
CREATE STREAMING TABLE orders_bronze AS
SELECT *, _metadata.file_name AS file
FROM STREAM read_files('in/orders', format => 'json', maxFilesPerTrigger => 4,
                       schemaHints => 'id INT, customer INT, amount INT');

CREATE STREAMING TABLE orders (CONSTRAINT has_buyer EXPECT (customer IS NOT NULL) ON VIOLATION DROP ROW)
AS SELECT id, customer, amount FROM STREAM orders_bronze WHERE amount > 0;

CREATE STREAMING TABLE orders_quarantine AS
SELECT id, amount, get_json_object(_rescued_data, '$.amount') AS said
FROM STREAM orders_bronze WHERE NOT coalesce(amount > 0, false);

CREATE STREAMING TABLE customer_events AS
SELECT * FROM STREAM read_files('in/customers', format => 'csv', header => true,
  schema => 'id INT, a INT, b STRING, seq INT, op STRING', useNotifications => true,
  cleanSource => 'MOVE', `cleanSource.retentionDuration` => '0 seconds',
  `cleanSource.moveDestination` => 'archive');

CREATE STREAMING TABLE prices AS
SELECT id, price, _metadata.file_path AS source
FROM STREAM read_files('in/prices', format => 'csv', header => true, schema => 'id INT, price INT',
                       allowOverwrites => 'replace', maxFilesPerTrigger => 2);

CREATE STREAMING TABLE customers FLOW AUTO CDC {CDC} STORED AS SCD TYPE 1;
CREATE STREAMING TABLE customer_history FLOW AUTO CDC {CDC} STORED AS SCD TYPE 2;

CREATE MATERIALIZED VIEW by_city REFRESH POLICY INCREMENTAL AS
SELECT c.b AS city, count(*) AS orders, sum(o.amount) AS amount
FROM orders AS o JOIN customers AS c ON o.customer = c.id GROUP BY c.b;

CREATE MATERIALIZED VIEW best REFRESH POLICY INCREMENTAL AS
SELECT customer, id, amount FROM orders
QUALIFY row_number() OVER (PARTITION BY customer ORDER BY amount DESC, id) = 1;

CREATE MATERIALIZED VIEW strays REFRESH POLICY INCREMENTAL AS
SELECT o.id, o.customer FROM orders AS o
WHERE NOT EXISTS (SELECT 1 FROM customers AS c WHERE c.id = o.customer);

CREATE MATERIALIZED VIEW spans AS
SELECT id, count(*) AS spans, max(__START_AT) AS newest FROM customer_history GROUP BY id;

CREATE MATERIALIZED VIEW sizes AS
SELECT orders >= 10 AS busy, count(*) AS cities FROM by_city GROUP BY ALL;
"""
TABLES = ["orders_bronze", "orders", "orders_quarantine", "customer_events", "prices", "customers",
          "customer_history", "by_city", "best", "strays", "spans", "sizes"]
CUSTOMERS = 60
LISTS = 5  # Of prices: files that come again and again.


class Shop:
    """Lands files below a project's folder: whole at once, as files that are moved in are."""

    def __init__(self, folder, chance):
        self.folder = folder
        self.chance = chance
        self.orders = []
        self.events = []
        self.prices = {}
        self.files = 0
        for name in ("waiting", "in/orders", "in/customers", "in/prices", "archive"):
            (folder / name).mkdir(parents=True)
        (folder / "spark-pipeline.yml").write_text(SPEC)
        (folder / "flows.sql").write_text(FLOWS)
        self.land_orders()
        self.land_customers()
        self.land_prices()

    def land(self):
        self.chance.choice([self.land_orders, self.land_orders, self.land_customers,
                            self.land_customers, self.land_prices])()

    def move_in(self, place, text, name=None):
        self.files += name is None
        name = name or f"{self.files:06}.{'json' if place == 'in/orders' else 'csv'}"
        (self.folder / "waiting" / name).write_text(text)
        os.rename(self.folder / "waiting" / name, self.folder / place / name)
        return name

    def land_orders(self):
        rows = []
        for _ in range(self.chance.randint(1, 12)):
            row = {"id": len(self.orders) + len(rows),
                   "customer": self.chance.choice([None, *range(CUSTOMERS)]),
                   "amount": self.chance.choice([-1, 0, None, "much", *range(1, 60)])}
            # A column that comes later on.
            if self.files > 20:
                row["note"] = self.chance.choice([None, "gift"])
            rows.append(row)
        name = self.move_in("in/orders", "".join(json.dumps(row) + "\n" for row in rows))
        self.orders += [{"note": None, **row, "file": name} for row in rows]

    def land_customers(self):
        """Events come late, several at one place, and now and then once more."""
        events = []
        for _ in range(self.chance.randint(1, 10)):
            if self.events and self.chance.random() < 0.1:
                events.append(self.chance.choice(self.events))
                continue
            events.append({"id": self.chance.randrange(CUSTOMERS), "a": self.chance.randint(1, 5),
                           "b": self.chance.choice("uvwxyz"), "s": None,
                           "seq": max(0, self.files - self.chance.choice([0, 0, 0, 1, 5, 40])),
                           "op": "D" if self.chance.random() < 0.15 else "U"})
        lines = [f"{e['id']},{e['a']},{e['b']},{e['seq']},{e['op']}\n" for e in events]
        self.move_in("in/customers", "id,a,b,seq,op\n" + "".join(lines))
        self.events += events

    def land_prices(self):
        name = f"list-{self.chance.randrange(LISTS)}.csv"
        rows = [[self.chance.randrange(100), self.chance.randrange(1000)]
                for _ in range(self.chance.randint(0, 30))]
        self.move_in("in/prices", "id,price\n" + "".join(f"{i},{p}\n" for i, p in rows), name)
        self.prices[name] = rows

    def has_notes(self):
        return any(order["note"] for order in self.orders)

    def queries(self):
        """By table: what to ask, where that is not all of it, and the rows that are the answer."""
        note = "note" if self.has_notes() else "NULL AS note"
        read = {"orders_bronze": f"id, customer, amount, {note}, file",
                "prices": "id, price, substring_index(source, '/', -1)"}
        expected = self.expected()
        return {table: (f"SELECT {read.get(table, '*')} FROM main.p.{table}", expected[table])
                for table in TABLES}

    def expected(self):
        read = [dict(o, amount=o["amount"] if isinstance(o["amount"], int) else None)
                for o in self.orders]
        good = [o for o in read if (o["amount"] or 0) > 0 and o["customer"] is not None]
        customers = [row[:3] for row in model.newest(self.events)]
        history = [row[:3] + row[4:] for row in model.history(self.events)]
        by_city = cities(good, customers)
        there = {row[0] for row in customers}
        return {
            "orders_bronze": [[o["id"], o["customer"], o["amount"], o["note"], o["file"]]
                              for o in read],
            "orders": [[o["id"], o["customer"], o["amount"]] for o in good],
            "orders_quarantine": [[o["id"], None if o["amount"] == "much" else o["amount"],
                                   "much" if o["amount"] == "much" else None]
                                  for o in self.orders
                                  if not isinstance(o["amount"], int) or o["amount"] <= 0],
            "customer_events": [[e["id"], e["a"], e["b"], e["seq"], e["op"]] for e in self.events],
            "prices": [[*row, name] for name, rows in self.prices.items() for row in rows],
            "customers": customers,
            "customer_history": history,
            "by_city": by_city,
            "best": best(good),
            "strays": [[o["id"], o["customer"]] for o in good if o["customer"] not in there],
            "spans": spans(history),
            "sizes": [[busy, count] for busy, count in collections.Counter(
                row[1] >= 10 for row in by_city).items()],
        }


def cities(orders, customers):
    city_of = {key: city for key, _, city in customers}
    found = {}
    for order in orders:
        if order["customer"] in city_of:
            sums = found.setdefault(city_of[order["customer"]], [0, 0])
            sums[0] += 1
            sums[1] += order["amount"]
    return [[city, *sums] for city, sums in found.items()]


def best(orders):
    found = {}
    for order in orders:
        rank = (-order["amount"], order["id"])
        found[order["customer"]] = min(rank, found.get(order["customer"], rank))
    return [[customer, key, -amount] for customer, (amount, key) in found.items()]


def spans(history):
    found = {}
    for key, _, _, start, _ in history:
        found.setdefault(key, []).append(start)
    return [[key, len(starts), max(starts)] for key, starts in found.items()]
