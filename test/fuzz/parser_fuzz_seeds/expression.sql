SELECT CASE a WHEN 1 THEN -2.5D ELSE NULL END, CAST(b AS ARRAY<MAP<STRING, DECIMAL(10, 2)>>), c::int[0].d,
transform(xs, (x, i) -> x + i), INTERVAL '1-2' YEAR TO MONTH, INTERVAL 3 DAYS 4 HOURS, DATE '2013-01-01', X'1F',
(a, b) IN (SELECT 1, 2), EXISTS (SELECT 1), a IS NOT DISTINCT FROM b, ~a & b | c ^ d << 2, f(k => :p, ?)
