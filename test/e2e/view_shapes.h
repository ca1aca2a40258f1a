#pragma once

#include <string>
#include <utility>
#include <vector>

// The catalogue of queries that materialised views are kept up for, over three tables.
namespace weir::test {

struct ShapeTable {
  const char* name;
  std::vector<std::pair<std::string, std::string>> columns;  // And what its values are like.

  std::string ColumnList() const {
    std::string list;
    for (const auto& column : columns) list += (list.empty() ? "" : ", ") + column.first;
    return list;
  }
};

// Two with deletion vectors, one of which has a change feed; one without.
inline constexpr const char* kShapeTables[] = {
    "CREATE TABLE a (k INT, g INT, s STRING, d DECIMAL(10,2), r DOUBLE, t DATE, l ARRAY<INT>, n "
    "STRUCT<x INT, y STRING>) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
    "CREATE TABLE b (k INT, v LONG, s STRING, r DOUBLE) TBLPROPERTIES "
    "('delta.enableDeletionVectors' = 'true', 'delta.enableChangeDataFeed' = 'true')",
    "CREATE TABLE c (k INT, g INT, v LONG, t DATE)"};

inline const ShapeTable kTables[] = {
    {"a",
     {{"k", "key"},
      {"g", "int"},
      {"s", "string"},
      {"d", "decimal"},
      {"r", "double"},
      {"t", "date"},
      {"l", "array"},
      {"n", "struct"}}},
    {"b", {{"k", "key"}, {"v", "long"}, {"s", "string"}, {"r", "double"}}},
    {"c", {{"k", "key"}, {"g", "int"}, {"v", "long"}, {"t", "date"}}}};

struct ViewShape {
  const char* name;
  const char* query;
  bool full = false;               // Not kept up by changes.
  const char* clauses = "";        // Behind the name.
  const char* expected = nullptr;  // What it holds, where that is not what the query gives.
};

#define A "main.default.a"
#define B "main.default.b"
#define C "main.default.c"

inline const ViewShape kViewShapes[] = {
    // Row by row.
    {"copied", "SELECT * FROM " A},
    {"some_columns", "SELECT s, g FROM " A},
    {"one_column", "SELECT g FROM " A},
    {"computed", "SELECT k, upper(s) AS u, d * 2 AS d2, r + 1 AS r1, n.x AS x FROM " A},
    {"filtered", "SELECT k, s FROM " A " WHERE g > 1 AND s IS NOT NULL"},
    {"sorted", "SELECT k, g FROM " A " ORDER BY k DESC"},
    {"constants", "SELECT 1 AS one, 'x' AS x FROM " A " WHERE k > 3"},
    {"exploded", "SELECT k, e FROM " A " LATERAL VIEW explode(l) x AS e"},
    {"exploded_outer", "SELECT k, p, e FROM " A " LATERAL VIEW OUTER posexplode(l) x AS p, e"},
    {"unioned",
     "SELECT k, s FROM " A " UNION ALL SELECT k, s FROM " B " UNION ALL SELECT k, 'c' FROM " C},
    {"unioned_with_itself", "SELECT k FROM " A " WHERE g > 0 UNION ALL SELECT k FROM " A},
    {"cte", "WITH x AS (SELECT k, g FROM " A " WHERE g IS NOT NULL), y AS (SELECT k, v FROM " B
            ") SELECT x.k, x.g, y.v FROM x JOIN y ON x.k = y.k"},
    {"cte_twice", "WITH x AS (SELECT k, g FROM " A ") SELECT l.k, r.g FROM x l JOIN x r ON l.k = "
                  "r.g"},
    {"nested_filters", "SELECT k FROM (SELECT k, g + 1 AS h FROM " A " WHERE k > 2) WHERE h < 5"},
    // Joins.
    {"joined", "SELECT a.k, a.s, b.v FROM " A " a JOIN " B " b ON a.k = b.k"},
    {"joined_using", "SELECT k, a.g, c.v FROM " A " a JOIN " C " c USING (k, g)"},
    {"joined_three", "SELECT a.k, b.v, c.t FROM " A " a JOIN " B " b ON a.k = b.k JOIN " C
                     " c ON b.k = c.k WHERE c.v > 100"},
    {"joined_null_safe", "SELECT a.g, c.v FROM " A " a JOIN " C " c ON a.g <=> c.g"},
    {"joined_range", "SELECT a.k, c.k AS ck FROM " A " a JOIN " C " c ON a.g < c.g AND a.t = c.t"},
    {"crossed", "SELECT a.k, b.s FROM (SELECT k FROM " A " WHERE g = 1) a CROSS JOIN " B " b"},
    {"joined_itself", "SELECT x.k, y.s FROM " A " x JOIN " A " y ON x.g = y.k"},
    {"left", "SELECT a.k, a.s, b.v FROM " A " a LEFT JOIN " B " b ON a.k = b.k"},
    {"left_rest", "SELECT a.k, b.v FROM " A " a LEFT JOIN " B " b ON a.k = b.k AND b.v > 300"},
    {"left_filtered", "SELECT a.k FROM " A " a LEFT JOIN " B " b ON a.k = b.k WHERE b.k IS NULL"},
    {"right_join", "SELECT a.s, b.v, b.k FROM " A " a RIGHT JOIN " B " b ON a.k = b.k"},
    {"full_join",
     "SELECT a.k, a.g, c.k AS ck, c.v FROM " A " a FULL JOIN " C " c ON a.k = c.k AND a.g = c.g"},
    {"left_chain", "SELECT a.k, b.v, c.t FROM " A " a LEFT JOIN " B " b ON a.k = b.k LEFT JOIN " C
                   " c ON a.k = c.k AND c.v > b.v"},
    {"left_range", "SELECT a.k, c.v FROM " A " a LEFT JOIN " C " c ON a.g > c.g"},
    {"semi", "SELECT a.k, a.s FROM " A " a LEFT SEMI JOIN " B " b ON a.k = b.k"},
    {"anti", "SELECT a.k, a.s FROM " A " a LEFT ANTI JOIN " B " b ON a.k = b.k"},
    {"inner_of_left", "SELECT x.k, x.v, c.g FROM (SELECT a.k, b.v FROM " A " a LEFT JOIN " B
                      " b ON a.k = b.k) x JOIN " C " c ON x.k = c.k"},
    // Groups.
    {"counted", "SELECT g, count(*) AS n FROM " A " GROUP BY g"},
    {"summed", "SELECT g, sum(d) AS d, count(s) AS n, avg(k) AS a FROM " A " GROUP BY g"},
    {"summed_reals", "SELECT g, sum(r) AS r, avg(r) AS a, stddev(r) AS sd FROM " A " GROUP BY g"},
    {"extremes", "SELECT s, min(d) AS mn, max(t) AS mx, min(r) AS mr FROM " A " GROUP BY s"},
    {"distinct_counts",
     "SELECT g, count(DISTINCT s) AS n, sum(DISTINCT k) AS k FROM " A " GROUP BY g"},
    {"collected",
     "SELECT g, sort_array(collect_list(s)) AS l, sort_array(collect_set(k)) AS m "
     "FROM " A " GROUP BY g"},
    {"by_expression",
     "SELECT k % 3 AS m, upper(s) AS u, sum(k) AS k FROM " A " GROUP BY k % 3, upper(s)"},
    {"by_hidden_key", "SELECT count(*) AS n, max(k) AS k FROM " A " GROUP BY g, s"},
    {"by_half_hidden_key", "SELECT g, count(*) AS n FROM " A " GROUP BY g, s"},
    {"having", "SELECT g, count(*) AS n FROM " A " GROUP BY g HAVING count(*) > 2"},
    {"having_reals", "SELECT g, sum(r) AS r FROM " A " GROUP BY g HAVING sum(r) > 40"},
    {"of_groups_computed", "SELECT g, sum(k) / count(*) AS ratio, 'x' AS x FROM " A " GROUP BY g"},
    {"filtered_aggregates",
     "SELECT g, count(*) FILTER (WHERE k > 4) AS n, max(s) FILTER (WHERE r "
     "> 50) AS s FROM " A " GROUP BY g"},
    {"medians", "SELECT g, median(k) AS m, percentile(k, 0.3) AS p FROM " A " GROUP BY g"},
    {"joined_groups", "SELECT a.g, sum(b.v) AS v, count(*) AS n FROM " A " a JOIN " B
                      " b ON a.k = b.k GROUP BY a.g"},
    {"left_groups", "SELECT a.k, count(b.v) AS n, max(b.s) AS s FROM " A " a LEFT JOIN " B
                    " b ON a.k = b.k GROUP BY a.k"},
    // Groups that are merged.
    {"merged",
     "SELECT g, count(*) AS n, sum(k) AS k, sum(d) AS d, count(s) AS s FROM " A " GROUP BY g"},
    {"merged_to_zero", "SELECT k, sum(g) AS g, count(*) AS n FROM " A " GROUP BY k"},
    {"merged_uncounted", "SELECT g, sum(k) AS k, sum(v) AS v FROM " C " GROUP BY g"},
    {"merged_wide",
     "SELECT s, sum(CAST(d AS DECIMAL(30,2))) AS d, count(k, g) AS n FROM " A " GROUP BY s"},
    {"merged_computed",
     "SELECT upper(s) AS u, s, n, d, d * n AS dn, 'x' AS x FROM (SELECT s, count(*) AS n, sum(d) "
     "AS d FROM " A " GROUP BY s)"},
    {"merged_keys", "SELECT g, s FROM " A " GROUP BY g, s"},
    {"merged_join", "SELECT a.g, b.s, count(*) AS n, sum(b.v) AS v, sum(a.d) AS d FROM " A
                    " a LEFT JOIN " B " b ON a.k = b.k GROUP BY a.g, b.s"},
    {"merged_union", "SELECT k, count(*) AS n, sum(v) AS v FROM (SELECT k, v FROM " B
                     " UNION ALL SELECT k, v FROM " C " WHERE v > 100) GROUP BY k"},
    {"merged_of_groups",
     "SELECT m, count(*) AS n, sum(s) AS s FROM (SELECT g, count(*) AS m, "
     "count(s) AS s FROM " A " GROUP BY g) GROUP BY m"},
    {"merged_struct_key", "SELECT n, count(*) AS m FROM " A " GROUP BY n"},
    {"merged_date_key", "SELECT t, r, count(*) AS m, sum(g) AS g FROM " A " GROUP BY t, r"},
    {"total", "SELECT count(*) AS n, sum(d) AS d, max(s) AS s, sum(r) AS r FROM " A},
    {"total_of_some", "SELECT sum(v) AS v FROM " B " WHERE s = 'a'"},
    {"total_of_join", "SELECT count(*) AS n FROM " A " a JOIN " C " c ON a.k = c.k"},
    {"distinct_rows", "SELECT DISTINCT g, s FROM " A},
    {"distinct_join", "SELECT DISTINCT a.g, b.s FROM " A " a JOIN " B " b ON a.k = b.k"},
    {"union_distinct", "SELECT k, s FROM " A " UNION SELECT k, s FROM " B},
    {"intersected", "SELECT k FROM " A " INTERSECT SELECT k FROM " C},
    {"excepted", "SELECT k FROM " A " EXCEPT SELECT k FROM " B},
    {"except_all", "SELECT k FROM " A " EXCEPT ALL SELECT k FROM " B},
    {"intersect_all", "SELECT k FROM " A " INTERSECT ALL SELECT k FROM " C},
    // Windows.
    {"ranked", "SELECT k, g, s, rank() OVER (PARTITION BY g ORDER BY k) AS r FROM " A},
    {"shares", "SELECT k, g, try_divide(k, sum(k) OVER (PARTITION BY g)) AS share FROM " A},
    {"two_windows",
     "SELECT g, s, count(*) OVER (PARTITION BY g) AS n, count(*) OVER (PARTITION BY "
     "g, s) AS m FROM " A},
    {"latest",
     "SELECT g, max_k FROM (SELECT g, k AS max_k, rank() OVER (PARTITION BY g ORDER BY k "
     "DESC) AS n FROM " A ") WHERE n = 1"},
    {"qualified", "SELECT DISTINCT k, g FROM " A " QUALIFY dense_rank() OVER (PARTITION BY g ORDER "
                  "BY k) <= 2"},
    {"window_of_groups",
     "SELECT s, g, n, rank() OVER (PARTITION BY s ORDER BY n) AS r FROM (SELECT "
     "s, g, count(*) AS n FROM " A " GROUP BY s, g)"},
    // Groups that are not on top.
    {"groups_joined", "SELECT b.k, b.v, x.n FROM " B " b JOIN (SELECT k, count(*) AS n FROM " A
                      " GROUP BY k) x ON b.k = x.k"},
    {"groups_left_joined",
     "SELECT b.k, b.v, x.n FROM " B " b LEFT JOIN (SELECT k, sum(g) AS n FROM " A
     " GROUP BY k) x ON b.k = x.k"},
    {"groups_of_groups",
     "SELECT n, count(*) AS m FROM (SELECT g, count(*) AS n FROM " A " GROUP BY g) GROUP BY n"},
    {"reals_joined", "SELECT c.k, c.v, x.r FROM " C " c JOIN (SELECT k, sum(r) AS r FROM " A
                     " GROUP BY k) x ON c.k = x.k"},
    {"groups_unioned", "SELECT 'a' AS src, g, sum(r) AS r FROM " A " GROUP BY g UNION ALL SELECT "
                       "'c', g, sum(v) FROM " C " GROUP BY g"},
    {"groups_filtered", "SELECT g FROM (SELECT g, count(*) AS n FROM " A " GROUP BY g) WHERE n % 2 "
                        "= 1"},
    {"distinct_joined",
     "SELECT a.k, a.s, x.g FROM " A " a JOIN (SELECT DISTINCT g FROM " C ") x ON a.g = x.g"},
    {"top_share",
     "SELECT a.k, a.g, t.n FROM " A " a CROSS JOIN (SELECT count(*) AS n FROM " C ") t"},
    // Sub-queries.
    {"exists", "SELECT k, s FROM " A " a WHERE EXISTS (SELECT 1 FROM " B " b WHERE b.k = a.k AND "
               "b.v > 200)"},
    {"not_exists",
     "SELECT k, s FROM " A " a WHERE g > 0 AND NOT EXISTS (SELECT 1 FROM " B " b WHERE b.k = a.k)"},
    {"in_query", "SELECT k, s FROM " A " WHERE k IN (SELECT k FROM " C " WHERE v > 300)"},
    {"not_in_query", "SELECT k, s FROM " A " WHERE g NOT IN (SELECT g FROM " C " WHERE k > 5)"},
    {"in_outer", "SELECT k, s FROM " A " a WHERE s IN (SELECT s FROM " B " b WHERE b.k < a.k)"},
    {"value_alone", "SELECT k, (SELECT max(v) FROM " B ") AS m FROM " A " WHERE k > (SELECT "
                    "min(k) FROM " C ")"},
    {"value_of_group", "SELECT k, (SELECT count(*) FROM " B " b WHERE b.k = a.k) AS n, (SELECT "
                       "max(v) + 1 FROM " B " b WHERE b.k = a.k AND b.s = a.s) AS m FROM " A " a"},
    {"value_filters",
     "SELECT k, g FROM " A " a WHERE k > (SELECT avg(c.k) FROM " C " c WHERE c.g = a.g)"},
    // Several groupings at once.
    {"rolled_up", "SELECT g, s, count(*) AS n, sum(d) AS d FROM " A " GROUP BY ROLLUP (g, s)"},
    {"cubed", "SELECT g, s, grouping(g) AS gg, grouping_id(g, s) AS gi, sum(r) AS r FROM " A
              " GROUP BY CUBE (g, s)"},
    // Of views.
    {"of_view", "SELECT g, n * 2 AS n2 FROM main.views.counted WHERE n > 1"},
    {"of_merged_view", "SELECT n, sum(k) AS k, count(*) AS m FROM main.views.merged GROUP BY n"},
    {"of_joined_view", "SELECT s, sum(v) AS v FROM main.views.joined GROUP BY s"},
    {"of_views",
     "SELECT x.g, x.n2, y.d FROM main.views.of_view x JOIN main.views.summed y ON x.g = "
     "y.g"},
    // With declarations.
    {"partitioned", "SELECT g, k, s FROM " A, false, "PARTITIONED BY (g)"},
    {"without_vectors", "SELECT k, s, g FROM " A " WHERE k > 1", false,
     "TBLPROPERTIES ('delta.enableDeletionVectors' = 'false')"},
    {"typed", "SELECT k, g, s FROM " A, false, "(k LONG, g DECIMAL(12,1), s STRING)"},
    {"warned", "SELECT k, g FROM " A, false, "(CONSTRAINT c EXPECT (g > 0))"},
    {"merged_warned", "SELECT g, count(*) AS n FROM " A " GROUP BY g", false,
     "(CONSTRAINT c EXPECT (n > 2))"},
    {"dropped", "SELECT k, g FROM " A, false, "(CONSTRAINT c EXPECT (g > 0) ON VIOLATION DROP ROW)",
     "SELECT k, g FROM " A " WHERE g > 0"},
    {"dropped_groups", "SELECT g, count(*) AS n FROM " A " GROUP BY g", false,
     "(CONSTRAINT c EXPECT (n > 1) ON VIOLATION DROP ROW)",
     "SELECT g, count(*) AS n FROM " A " GROUP BY g HAVING count(*) > 1"},
    // By clocks.
    {"recent", "SELECT k, t FROM " A " WHERE t >= current_date() - INTERVAL 2 DAYS"},
    {"until_now", "SELECT k, r, t FROM " A " WHERE t <= now() OR k = 3"},
    {"recent_groups", "SELECT g, count(*) AS n, sum(d) AS d FROM " A
                      " WHERE t BETWEEN current_date() - INTERVAL 3 DAYS AND current_date() GROUP "
                      "BY g"},
    {"recent_reals", "SELECT g, avg(r) AS r FROM " A " WHERE t <= now() GROUP BY g"},
    {"recent_in_all", "SELECT count(*) AS n, max(t) AS t FROM " A " WHERE t < current_date()"},
    {"recent_joined",
     "SELECT a.k, a.s, c.v FROM " A " a JOIN " C
     " c ON a.k = c.k WHERE c.t < current_timestamp() AND a.g > 0 AND a.t > current_date() - "
     "INTERVAL 4 DAYS"},
    {"recent_outer", "SELECT a.k, c.v FROM " A " a LEFT JOIN (SELECT k, v FROM " C
                     " WHERE t > current_date()) c ON a.k = c.k"},
    {"recent_anti", "SELECT k, s FROM " A " a WHERE NOT EXISTS (SELECT 1 FROM " C
                    " c WHERE c.k = a.k AND c.t >= current_date())"},
    {"recent_having",
     "SELECT g, max(t) AS t FROM " A " GROUP BY g HAVING max(t) >= current_date()"},
    {"recent_ranks", "SELECT k, g, rank() OVER (PARTITION BY g ORDER BY k) AS r FROM " A
                     " WHERE t >= localtimestamp() - INTERVAL 30 HOURS"},
    {"recent_kinds", "SELECT DISTINCT s FROM " A " WHERE t > current_date() UNION ALL SELECT s "
                     "FROM " B},
    {"recent_after_all",
     "SELECT * FROM (SELECT k, g, count(*) OVER (PARTITION BY g) AS n, t FROM " A
     ") WHERE t >= current_date()"},
    {"recent_of_view", "SELECT g, n FROM main.views.recent_groups WHERE n > 1", false, "",
     "SELECT g, count(*) AS n FROM " A
     " WHERE t BETWEEN current_date() - INTERVAL 3 DAYS AND current_date() GROUP BY g HAVING "
     "count(*) > 1"},
    // Computed anew.
    {"due", "SELECT k, t FROM " A, true,
     "(CONSTRAINT c EXPECT (t <= current_date()) ON VIOLATION DROP ROW)",
     "SELECT k, t FROM " A " WHERE t <= current_date()"},
    {"met_today",
     "SELECT a.k, c.v FROM " A " a JOIN " C
     " c ON a.k = c.k AND c.t > a.t AND (c.t > current_date() OR a.g > 1)",
     true},
    {"of_today", "SELECT k, current_date() AS today FROM " A, true},
    {"limited", "SELECT count(*) AS n FROM (SELECT k FROM " A " LIMIT 3)", true},
    {"numbered", "SELECT k, rank() OVER (ORDER BY k) AS r FROM " A, true},
};

#undef A
#undef B
#undef C

}  // namespace weir::test
