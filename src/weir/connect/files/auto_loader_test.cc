// What a stream of files does beyond taking each once.
#include "weir/base/error.h"
#include "weir/connect/files/file_source_fixture.h"
#include "weir/connect/files/record_reader.h"
#include "weir/io/testing/faults.h"
#include "weir/io/testing/faulty_store.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kDay = int64_t{24} * 3600 * 1'000'000;

class AutoLoaderTest : public FileSourceTest {
 protected:
  // The next batch, committed now.
  void Take(Source& source, Progress& progress) {
    auto plan = source.Plan(progress, {});
    ASSERT_TRUE(plan);
    plan->committed = clock.Now();
    progress.Add(*plan);
  }
  // CSV files of /in, by a source that remembers.
  std::unique_ptr<Source> OpenWith(SourceMemory& memory, const Arguments& arguments = {}) {
    std::vector<Argument> given{{"", Value::String("/in"), {}},
                                {"format", Value::String("csv"), {}},
                                {"header", Value::String("true"), {}}};
    for (const auto& [name, value] : arguments) given.push_back({name, Value::String(value), {}});
    OpenContext context = Context();
    context.memory = &memory;
    return FileConnector().open(given, context);
  }
  std::vector<std::string> LetGo(Source& source, const Progress& progress) {
    const auto files = source.ToLetGo(progress);
    source.LetGo(files);
    std::vector<std::string> told;
    for (const LetGoFile& file : files)
      told.push_back(file.mode + " " + file.key + " " + file.place);
    return told;
  }
  std::vector<std::string> Stored(const std::string& prefix) {
    std::vector<std::string> keys;
    for (const auto& object : store->List(prefix, "", io::ObjectStore::kNoLimit)) {
      keys.push_back(object.key);
    }
    return keys;
  }
  std::string MistakeInPlan(Source& source, const Progress& progress) {
    try {
      source.Plan(progress, {});
    } catch (const DiagnosticError& error) {
      return error.condition() + ": " + error.what();
    }
    return "";
  }
};

TEST_F(AutoLoaderTest, OptionsGoByBothNames) {
  Put("in/a.csv");
  Put("in/b.csv");
  for (const char* const name :
       {"maxFilesPerTrigger", "cloudFiles.maxFilesPerTrigger", "CLOUDFILES.MAXFILESPERTRIGGER"}) {
    const auto source = OpenCsv("/in", {{name, "1"}});
    EXPECT_THAT(Next(*source, *source->NewProgress()), ElementsAre("in/a.csv")) << name;
  }
}

TEST_F(AutoLoaderTest, UnknownOptionsArePassedOverOnlyWhereThatIsAskedFor) {
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"}, {"heder", "1"}}), HasSubstr("heder"));
  EXPECT_EQ(WhatIsWrong("/in", {{"format", "csv"}, {"heder", "1"}, {"validateOptions", "false"}}),
            "");
  EXPECT_THAT(
      WhatIsWrong(
          "/in", {{"format", "csv"}, {"header", "maybe"}, {"cloudFiles.validateOptions", "false"}}),
      HasSubstr("`header` is 'maybe'"));
}

TEST_F(AutoLoaderTest, LooseGlobsCrossFolders) {
  for (const char* const key : {"a/b/c/f", "a/b/x/y/c/f", "a/b/c_file", "a/b/cookie/f", "a/f"}) {
    Put(key);
  }
  EXPECT_THAT(All("/a/*/c"), ElementsAre("a/b/c/f"));
  const Arguments loose{{"useStrictGlobber", "false"}};
  EXPECT_THAT(All("/a/*/c/", loose),
              ElementsAre("a/b/c/f", "a/b/x/y/c/f", "a/b/c_file", "a/b/cookie/f"));
  EXPECT_THAT(All("/a/{f,b/x}*", loose), ElementsAre("a/b/x/y/c/f", "a/f"));
  EXPECT_THAT(All("/a", loose).size(), 5u);
}

TEST_F(AutoLoaderTest, FilesThatAreTooOldDoNotCountAndAreForgotten) {
  clock.Advance(100 * kDay);
  Put("in/old.csv");
  clock.Advance(10 * kDay);
  Put("in/new.csv");
  clock.Advance(5 * kDay);
  const auto source = OpenCsv("/in", {{"maxFileAge", "14 days"}});
  auto progress = source->NewProgress();
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/new.csv"));
  clock.Advance(10 * kDay);
  // Forgotten, and still not read again.
  progress = source->ProgressFromJson(progress->ToJson());
  EXPECT_EQ(dynamic_cast<FileProgress&>(*progress).known().size(), 0u);
  EXPECT_THAT(Next(*source, *progress), ElementsAre("nothing"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"}, {"maxFileAge", "13 days"}}),
              HasSubstr("14 days or more"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"}, {"maxFileAge", "2 months"}}),
              HasSubstr("a fixed length of time"));
}

TEST_F(AutoLoaderTest, FoldersAreColumnsFromTheFirstBatchOn) {
  Put("in/year=2024/a.csv");
  const auto source = OpenCsv("/in");
  EXPECT_EQ(source->Discover().ToDdl(), "id INT, name STRING, year INT, _rescued_data STRING");
  const auto progress = source->NewProgress();
  auto plan = source->Plan(*progress, {});
  auto set = std::get<FileSet>(source->Read(*plan, source->Discover()));
  EXPECT_EQ(set.schema.ToDdl(), "id INT, name STRING");
  EXPECT_EQ(set.folder_columns.ToDdl(), "year INT");
  EXPECT_THAT(set.files.at(0).folder_values, ElementsAre(Value::Int(2024)));
  progress->Add(*plan);
  // A folder that comes later is a column more; one that is gone is NULL.
  Put("in/month=5/b.csv");
  const auto later = OpenCsv("/in");
  EXPECT_EQ(later->DiscoverAfter(*progress).ToDdl(),
            "id INT, name STRING, year INT, month INT, _rescued_data STRING");
  plan = later->Plan(*progress, {});
  set = std::get<FileSet>(later->Read(*plan, later->DiscoverAfter(*progress)));
  EXPECT_THAT(set.files.at(0).folder_values, ElementsAre(Value::Null(TypeId::kInt), Value::Int(5)));
  progress->Add(*plan);
  Put("in/year=soon/c.csv");
  EXPECT_THAT(MistakeInPlan(*OpenCsv("/in"), *progress), HasSubstr("'soon' of column year"));
  EXPECT_THAT(Next(*OpenCsv("/in", {{"schemaHints", "year STRING"}}), *progress),
              ElementsAre("in/year=soon/c.csv"));
}

TEST_F(AutoLoaderTest, FoldersFillColumnsOfAGivenSchema) {
  Put("in/year=2024/a.csv", "1\n");
  const auto read = [&](const Arguments& arguments) {
    const auto source = Open("/in", arguments);
    const auto plan = source->Plan(*source->NewProgress(), {});
    const auto set = std::get<FileSet>(source->Read(*plan, source->Discover()));
    return source->Discover().ToDdl() + " / " + set.schema.ToDdl() + " / " +
           set.folder_columns.ToDdl();
  };
  EXPECT_EQ(read({{"format", "csv"}, {"schema", "id INT, year BIGINT"}}),
            "id INT, year BIGINT / id INT / year BIGINT");
  EXPECT_EQ(read({{"format", "csv"}, {"schema", "id INT"}}), "id INT / id INT / ");
  EXPECT_EQ(read({{"format", "csv"}, {"schema", "id INT"}, {"partitionColumns", "year"}}),
            "id INT, year STRING / id INT / year STRING");
  EXPECT_EQ(read({{"format", "csv"}, {"schema", "id INT, year INT"}, {"partitionColumns", ""}}),
            "id INT, year INT / id INT, year INT / ");
  EXPECT_EQ(read({{"format", "text"}}), "value STRING, year INT / value STRING / year INT");
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"}, {"partitionColumns", "a, A"}}),
              HasSubstr("names A twice"));
}

TEST_F(AutoLoaderTest, NewColumnsFailWhereThatIsAskedFor) {
  Put("in/a.csv");
  const auto source = OpenCsv("/in", {{"schemaEvolutionMode", "failOnNewColumns"}});
  const auto progress = source->NewProgress();
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/a.csv"));
  Put("in/b.csv", "id,name\n2,b\n");
  Put("in/c.csv", "id,name,extra\n2,b,c\n");
  const std::string wrong = MistakeInPlan(*source, *progress);
  EXPECT_THAT(wrong, HasSubstr("UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE"));
  EXPECT_THAT(wrong, HasSubstr("in/c.csv"));
  EXPECT_THAT(wrong, HasSubstr("extra"));
  store->Delete("in/c.csv");
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/b.csv"));
  const auto given =
      OpenCsv("/in", {{"schemaEvolutionMode", "failOnNewColumns"}, {"schema", "id BIGINT"}});
  EXPECT_THAT(MistakeInPlan(*given, *given->NewProgress()), HasSubstr("name"));
}

// Behind what is looked at when the batch is planned.
TEST_F(AutoLoaderTest, NewFieldsFailWhereTheyAreReached) {
  for (const char* const format : {"json", "csv"}) {
    const bool is_json = std::string(format) == "json";
    FileSet set;
    set.format = format;
    set.schema = Schema({{"id", TypeId::kInt}});
    set.rescued_column = "_rescued_data";
    set.options = {{"header", "true"}, {"schemaevolutionmode", "failOnNewColumns"}};
    if (is_json) set.options.erase("header");
    Put("f", is_json ? "{\"id\":1}\n{\"id\":2,\"new\":null}\n{\"id\":3,\"new\":1}\n"
                     : "id,new\n1,\n2,x\n");
    const auto info = store->Find("f");
    set.files = {{"mem:///f", "f", info->size, info->modified, info->etag}};
    const auto rows = OpenRecords(set, {}, *store, {{0, 1}, nullptr});
    try {
      while (rows->Next()) {
      }
      ADD_FAILURE() << format;
    } catch (const DiagnosticError& error) {
      EXPECT_EQ(error.condition(), "UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE");
      EXPECT_THAT(error.what(), HasSubstr("mem:///f has fields"));
    }
  }
}

TEST_F(AutoLoaderTest, ColumnsWidenWithTheirValuesWhereThatIsAskedFor) {
  Put("in/a.csv", "id,name\n1,2\n");
  const Arguments widening{{"schemaEvolutionMode", "addNewColumnsWithTypeWidening"}};
  const auto source = OpenCsv("/in", widening);
  const auto progress = source->NewProgress();
  Next(*source, *progress);
  Put("in/b.csv", "id,name,more\n3000000000,x,1\n");
  EXPECT_EQ(OpenCsv("/in", widening)->DiscoverAfter(*progress).ToDdl(),
            "id BIGINT, name INT, more INT, _rescued_data STRING");
  EXPECT_EQ(OpenCsv("/in")->DiscoverAfter(*progress).ToDdl(),
            "id INT, name INT, more INT, _rescued_data STRING");
}

TEST_F(AutoLoaderTest, OneListingServesManyBatches) {
  for (const char* const key : {"in/a.csv", "in/b.csv", "in/c.csv"}) Put(key);
  SourceMemory memory;
  const auto open = [&] { return OpenWith(memory, {{"maxFilesPerTrigger", "1"}}); };
  const auto progress = open()->NewProgress();
  EXPECT_THAT(Next(*open(), *progress), ElementsAre("in/a.csv"));
  Put("in/d.csv");
  EXPECT_THAT(Next(*open(), *progress), ElementsAre("in/b.csv"));
  EXPECT_THAT(Next(*open(), *progress), ElementsAre("in/c.csv"));
  EXPECT_THAT(Next(*open(), *progress), ElementsAre("in/d.csv"));
  EXPECT_THAT(Next(*open(), *progress), ElementsAre("nothing"));
  Put("in/e.csv");
  EXPECT_THAT(Next(*open(), *progress), ElementsAre("in/e.csv"));
}

TEST_F(AutoLoaderTest, ARunTakesWhatCameAfterTheCheckBeforeIt) {
  Put("in/a.csv");
  SourceMemory memory;
  const auto progress = OpenWith(memory)->NewProgress();
  EXPECT_THAT(Next(*OpenWith(memory), *progress), ElementsAre("in/a.csv"));
  // The check lists, and finds nothing.
  EXPECT_EQ(OpenWith(memory)->DiscoverAfter(*progress).size(), 3u);
  Put("in/b.csv", "id,name,late\n1,a,x\n");
  ++memory.runs;
  EXPECT_EQ(OpenWith(memory)->DiscoverAfter(*progress).size(), 4u);
  EXPECT_THAT(Next(*OpenWith(memory), *progress), ElementsAre("in/b.csv"));
}

TEST_F(AutoLoaderTest, AFileThatChangedSinceItWasListedIsTakenAsItIsNow) {
  for (const char* const key : {"in/a.csv", "in/b.csv", "in/c.csv"}) Put(key);
  const auto source = OpenCsv("/in", {{"maxFilesPerTrigger", "1"}});
  const auto progress = source->NewProgress();
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/a.csv"));
  Put("in/b.csv", "id,name\n5,changed\n");
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/c.csv"));
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/b.csv"));
}

TEST_F(AutoLoaderTest, FilesAreMovedOnceTheirTimeIsOver) {
  Put("in/x/a.csv");
  const Arguments moving{{"cleanSource", "MOVE"},
                         {"cleanSource.moveDestination", "/done"},
                         {"cleanSource.retentionDuration", "2 days"}};
  const auto source = OpenCsv("/in", moving);
  const auto progress = source->NewProgress();
  EXPECT_THAT(LetGo(*source, *progress), IsEmpty());
  Take(*source, *progress);
  EXPECT_THAT(LetGo(*source, *progress), IsEmpty());
  clock.Advance(2 * kDay);
  Put("in/b.csv");
  EXPECT_THAT(LetGo(*OpenCsv("/in"), *progress), IsEmpty());
  EXPECT_THAT(LetGo(*OpenCsv("/in", moving), *progress),
              ElementsAre("MOVE in/x/a.csv mem:///done/x/a.csv"));
  EXPECT_THAT(Stored(""), ElementsAre("done/x/a.csv", "in/b.csv"));
  EXPECT_EQ(store->Read("done/x/a.csv"), "id,name\n1,a\n");
  EXPECT_THAT(LetGo(*OpenCsv("/in", moving), *progress), IsEmpty());
}

TEST_F(AutoLoaderTest, OnlyWhatWasReadAndCommittedIsDoneAwayWith) {
  Put("in/existing.csv");
  const Arguments deleting{{"cleanSource", "DELETE"},
                           {"cleanSource.retentionDuration", "7 days"},
                           {"includeExistingFiles", "false"}};
  const auto source = OpenCsv("/in", deleting);
  const auto progress = source->NewProgress();
  Take(*source, *progress);
  Put("in/read.csv");
  Put("in/changed.csv");
  Take(*source, *progress);
  Put("in/changed.csv", "id,name\n1,another\n");
  Put("in/uncommitted.csv");
  Next(*source, *progress);  // When it was committed is not known.
  clock.Advance(30 * kDay);
  Put("in/new.csv");
  EXPECT_THAT(LetGo(*OpenCsv("/in", deleting), *progress), ElementsAre("DELETE in/read.csv "));
  EXPECT_THAT(Stored("in/"),
              ElementsAre("in/changed.csv", "in/existing.csv", "in/new.csv", "in/uncommitted.csv"));
}

TEST_F(AutoLoaderTest, MovingLosesNothingWhereverItIsCutOff) {
  for (uint64_t cut = 1;; ++cut) {
    store = std::make_shared<io::MemoryStore>(clock);
    stores = MemoryStores(store);
    Put("in/a.csv");
    const Arguments moving{{"cleanSource", "MOVE"},
                           {"cleanSource.moveDestination", "/done"},
                           {"cleanSource.retentionDuration", "0 days"}};
    const auto source = OpenCsv("/in", moving);
    const auto progress = source->NewProgress();
    Take(*source, *progress);
    const auto files = source->ToLetGo(*progress);
    ASSERT_EQ(files.size(), 1u);
    io::Faults faults;
    stores = MemoryStores(std::make_shared<io::FaultyStore>(store, faults));
    const auto faulty = OpenCsv("/in", moving);
    faults.BeforeAllFrom(cut, io::Faults::Fail(ErrorCode::kUnavailable));
    bool failed = false;
    try {
      faulty->LetGo(files);
    } catch (const Error&) {
      failed = true;
    }
    EXPECT_THAT(Stored("").size(), testing::Ge(1u)) << cut;
    stores = MemoryStores(store);
    LetGo(*OpenCsv("/in", moving), *progress);
    EXPECT_THAT(Stored(""), ElementsAre("done/a.csv")) << cut;
    if (!failed) break;
    ASSERT_LT(cut, 100u);
  }
}

TEST_F(AutoLoaderTest, AnotherFileAtTheDestinationStays) {
  const Arguments moving{{"cleanSource", "MOVE"},
                         {"cleanSource.moveDestination", "/done"},
                         {"cleanSource.retentionDuration", "0 days"},
                         {"allowOverwrites", "true"}};
  const auto source = OpenCsv("/in", moving);
  const auto progress = source->NewProgress();
  for (const char* const text : {"id,name\n1,a\n", "id,name\n2,b\n"}) {
    Put("in/a.csv", text);
    Take(*source, *progress);
    EXPECT_EQ(LetGo(*OpenCsv("/in", moving), *progress).size(), 1u);
  }
  EXPECT_THAT(Stored(""), ElementsAre("done/a.csv", testing::StartsWith("done/a.csv.")));
  EXPECT_EQ(store->Read("done/a.csv"), "id,name\n1,a\n");
}

TEST_F(AutoLoaderTest, CleaningThatCanNotBeIsRefused) {
  const auto wrong = [&](const Arguments& more) {
    Arguments arguments{{"format", "csv"}};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return WhatIsWrong("/in", arguments);
  };
  EXPECT_THAT(wrong({{"cleanSource", "MOVE"}}), HasSubstr("needs a `cleanSource.moveDestination`"));
  EXPECT_THAT(wrong({{"cleanSource", "MOVE"}, {"cleanSource.moveDestination", "/in/done"}}),
              HasSubstr("lies in the place that files are read from"));
  EXPECT_THAT(wrong({{"cleanSource", "DELETE"}, {"cleanSource.moveDestination", "/done"}}),
              HasSubstr("is for cleanSource => 'MOVE'"));
  EXPECT_THAT(wrong({{"cleanSource", "DELETE"}, {"cleanSource.retentionDuration", "6 days"}}),
              HasSubstr("7 days or more"));
  EXPECT_THAT(wrong({{"cleanSource.retentionDuration", "6 days"}}),
              HasSubstr("means nothing without cleanSource"));
  EXPECT_THAT(wrong({{"cleanSource", "BURN"}}), HasSubstr("OFF, DELETE or MOVE"));
  EXPECT_EQ(wrong({{"cloudFiles.cleanSource", "off"},
                   {"cloudFiles.cleanSource.retentionDuration", "1 day"}}),
            "");
  OpenContext batch = Context();
  batch.stream = false;
  EXPECT_THROW(FileConnector().open({{"", Value::String("/in/*.csv"), {}},
                                     {"cleanSource", Value::String("DELETE"), {}}},
                                    batch),
               DiagnosticError);
}

}  // namespace
}  // namespace weir::connect
