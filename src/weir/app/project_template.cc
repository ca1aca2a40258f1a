#include <cctype>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "weir/app/command_line.h"
#include "weir/base/error.h"

// `weir pipeline init`: a small project that runs at once.
namespace weir::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSpec =
    R"(# A pipeline project: `weir pipeline run` brings every table up to date.
name: {name}
libraries:
  - glob:
      include: transformations/**
# Where reports of updates are kept.
storage: storage
catalog: main
schema: {name}
)";

constexpr const char* kBronze = R"(-- Every file that lands in the folder is read exactly once.
CREATE OR REFRESH STREAMING TABLE trips_bronze
COMMENT 'Trips as they arrived'
AS SELECT *, _metadata.file_name AS source_file
FROM STREAM read_files('data/trips', format => 'csv', header => true);
)";

constexpr const char* kGold = R"(-- Expectations count, drop or refuse rows that break a rule.
CREATE OR REFRESH STREAMING TABLE trips_silver (
  CONSTRAINT positive_distance EXPECT (distance_km > 0) ON VIOLATION DROP ROW
)
AS SELECT id, city, started_at, distance_km FROM STREAM trips_bronze;

CREATE OR REFRESH MATERIALIZED VIEW trips_by_city
AS SELECT city, count(*) AS trips, round(sum(distance_km), 1) AS distance_km
FROM trips_silver
GROUP BY city;
)";

constexpr const char* kData = R"(id,city,started_at,distance_km
1,Lisbon,2026-03-01 08:15:00,3.4
2,Porto,2026-03-01 08:20:00,5.1
3,Lisbon,2026-03-01 09:02:00,1.9
4,Lisbon,2026-03-01 09:30:00,-1.0
)";

constexpr const char* kTest =
    R"(# `weir pipeline test` runs this in memory: rows that arrive, rows that are expected.
name: trips by city
given:
  read_files('data/trips'):
    - {id: 1, city: Lisbon, started_at: 2026-03-01 08:15:00, distance_km: 3.4}
    - {id: 2, city: Lisbon, started_at: 2026-03-01 09:30:00, distance_km: -1}
expect:
  trips_silver:
    rows:
      - {id: 1, city: Lisbon, distance_km: 3.4}
    dropped: 1
  trips_by_city:
    - {city: Lisbon, trips: 1, distance_km: 3.4}
then:
  # One more file arrives; what was read is not read again.
  - given:
      read_files('data/trips'):
        - {id: 3, city: Porto, started_at: 2026-03-02 10:00:00, distance_km: 5.1}
    expect:
      trips_by_city:
        - {city: Lisbon, trips: 1, distance_km: 3.4}
        - {city: Porto, trips: 1, distance_km: 5.1}
)";

void Write(const fs::path& file, std::string text, const std::string& name) {
  for (size_t at = text.find("{name}"); at != std::string::npos; at = text.find("{name}")) {
    text.replace(at, 6, name);
  }
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw Error(ErrorCode::kUnavailable, "can't write " + file.string());
}

}  // namespace

int RunPipelineInit(const InitOptions& options, std::ostream& out) {
  for (const char c : options.name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') {
      throw Error(ErrorCode::kInvalid, "the name `" + options.name +
                                           "` also names a schema, so it may hold letters, digits "
                                           "and '_' only");
    }
  }
  const fs::path folder =
      options.folder.empty() ? fs::path(options.name) : fs::path(options.folder);
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder))) {
    throw Error(ErrorCode::kExists,
                folder.string() + " exists already and is not an empty folder; name another one");
  }
  Write(folder / "spark-pipeline.yml", kSpec, options.name);
  Write(folder / "transformations" / "bronze.sql", kBronze, options.name);
  Write(folder / "transformations" / "silver_gold.sql", kGold, options.name);
  Write(folder / "data" / "trips" / "2026-03-01.csv", kData, options.name);
  Write(folder / "tests" / "trips.yml", kTest, options.name);
  out << "made " << folder.string() << ": spark-pipeline.yml, transformations/, data/, tests/\n"
      << "next: cd " << folder.string() << " && weir pipeline run\n";
  return kSuccess;
}

}  // namespace weir::app
