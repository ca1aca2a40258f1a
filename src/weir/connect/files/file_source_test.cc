#include "weir/connect/files/file_source_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(FileSourceTest, EachFileIsTakenOnceOldestFirst) {
  Put("in/b.csv");
  Put("in/a.csv");
  const auto source = OpenCsv("/in", {{"maxFilesPerTrigger", "1"}});
  auto progress = source->NewProgress();
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/b.csv"));
  // Progress survives as JSON.
  progress = source->ProgressFromJson(progress->ToJson());
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/a.csv"));
  EXPECT_THAT(Next(*source, *progress), ElementsAre("nothing"));
  Put("in/a.csv", "id,name\n9,z\n");
  EXPECT_THAT(Next(*source, *progress), ElementsAre("nothing"));
  Put("in/sub/c.csv");
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/sub/c.csv"));
}

TEST_F(FileSourceTest, OverwrittenFilesCountAgainWhenAllowed) {
  Put("in/a.csv");
  const auto source = OpenCsv("/in", {{"cloudFiles.allowOverwrites", "true"}});
  const auto progress = source->NewProgress();
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/a.csv"));
  EXPECT_THAT(Next(*source, *progress), ElementsAre("nothing"));
  Put("in/a.csv", "id,name\n2,b\n");
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/a.csv"));
}

TEST_F(FileSourceTest, BatchesTellWhichFilesTakeThePlaceOfWhatTheyWere) {
  Put("in/a.csv");
  Put("in/b.csv");
  const auto source = OpenCsv("/in", {{"allowOverwrites", "replace"}});
  EXPECT_TRUE(source->Replaces());
  const auto progress = source->NewProgress();
  const auto replaced = [&] {
    const auto plan = source->Plan(*progress, {});
    progress->Add(*plan);
    return std::get<FileSet>(source->Read(*plan, source->Discover())).replaced;
  };
  EXPECT_THAT(replaced(), IsEmpty());
  Put("in/a.csv", "id,name\n2,b\n");
  Put("in/c.csv");
  EXPECT_THAT(replaced(), ElementsAre("mem:///in/a.csv"));
  Put("in/a.csv", "id,name\n3,c\n");
  EXPECT_THAT(replaced(), ElementsAre("mem:///in/a.csv"));
}

TEST_F(FileSourceTest, AFileThatChangesWhileItsBatchRunsIsReplacedByALaterOne) {
  Put("in/a.csv");
  const auto source = OpenCsv("/in", {{"allowOverwrites", "replace"}});
  const auto progress = source->NewProgress();
  const auto plan = source->Plan(*progress, {});
  Put("in/a.csv", "id,name\n2,longer than before\n");
  const auto files = std::get<FileSet>(source->Read(*plan, source->Discover())).files;
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].size, store->Find("in/a.csv")->size);
  progress->Add(*plan);
  const auto next = source->Plan(*progress, {});
  ASSERT_TRUE(next);
  EXPECT_THAT(std::get<FileSet>(source->Read(*next, source->Discover())).replaced,
              ElementsAre("mem:///in/a.csv"));
  progress->Add(*next);
  EXPECT_FALSE(source->Plan(*progress, {}));
}

TEST_F(FileSourceTest, FilesThatMayHaveBeenForgottenTakeThePlaceOfWhatTheyWere) {
  Put("in/a.csv");
  const auto source = OpenCsv("/in", {{"allowOverwrites", "replace"}, {"maxFileAge", "14 days"}});
  const auto plan = source->Plan(*source->NewProgress(), {});
  const auto set = std::get<FileSet>(source->Read(*plan, source->Discover()));
  EXPECT_THAT(set.replaced, ElementsAre("mem:///in/a.csv"));
}

TEST_F(FileSourceTest, ExistingFilesCanBeLeftOut) {
  Put("in/a.csv");
  const auto source = OpenCsv("/in", {{"includeExistingFiles", "false"}});
  const auto progress = source->NewProgress();
  EXPECT_THAT(Next(*source, *progress), IsEmpty());
  Put("in/b.csv");
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/b.csv"));
  EXPECT_THAT(Next(*source, *progress), ElementsAre("nothing"));
}

TEST_F(FileSourceTest, BatchesStayWithinBytesButAlwaysTakeAFile) {
  for (const char* const name : {"a", "b", "c", "d"}) {
    Put(std::string("in/") + name + ".csv", "id\n" + std::string(97, '1'));
  }
  const auto source = OpenCsv("/in", {{"maxBytesPerTrigger", "150"}});
  const auto progress = source->NewProgress();
  EXPECT_THAT(Next(*source, *progress), ElementsAre("in/a.csv", "in/b.csv"));
  EXPECT_THAT(Next(*source, *progress, {{}, 1, false}), ElementsAre("in/c.csv"));
  EXPECT_THAT(Next(*source, *progress, {1, {}, false}), ElementsAre("in/d.csv"));
}

TEST_F(FileSourceTest, PatternsFiltersAndHiddenFiles) {
  for (const char* const key :
       {"in/2013/01/a.csv", "in/2013/02/b.csv", "in/2014/01/c.csv", "in/2013/01/.hidden.csv",
        "in/2013/_temporary/d.csv", "in/2013/01/_SUCCESS", "in/_k=1/e.csv", "in/top.csv",
        "in/half.csv._COPYING_"}) {
    Put(key);
  }
  EXPECT_THAT(All("/in"), ElementsAre("in/2013/01/a.csv", "in/2013/02/b.csv", "in/2014/01/c.csv",
                                      "in/_k=1/e.csv", "in/top.csv"));
  EXPECT_THAT(All("/in/2013"), ElementsAre("in/2013/01/a.csv", "in/2013/02/b.csv"));
  EXPECT_THAT(All("/in/*/01"), ElementsAre("in/2013/01/a.csv", "in/2014/01/c.csv"));
  EXPECT_THAT(All("/in/**/[ab].csv"), ElementsAre("in/2013/01/a.csv", "in/2013/02/b.csv"));
  EXPECT_THAT(All("/in/{2014,2013/02}/**"), ElementsAre("in/2013/02/b.csv", "in/2014/01/c.csv"));
  EXPECT_THAT(All("/in/*.csv"), ElementsAre("in/top.csv"));
  EXPECT_THAT(All("/in/top.csv"), ElementsAre("in/top.csv"));
  EXPECT_THAT(All("/in/2013/01/_SUCCESS"), ElementsAre("in/2013/01/_SUCCESS"));
  EXPECT_THAT(All("/in", {{"recursiveFileLookup", "false"}}), ElementsAre("in/top.csv"));
  EXPECT_THAT(All("/in", {{"pathGlobFilter", "[t-z]*"}}), ElementsAre("in/top.csv"));
  EXPECT_THAT(All("/in", {{"modifiedBefore", "1970-01-01 00:00:02"}}),
              ElementsAre("in/2013/01/a.csv"));
  EXPECT_THAT(All("/in", {{"modifiedAfter", "1970-01-01 00:00:07"}}), ElementsAre("in/top.csv"));
}

TEST_F(FileSourceTest, RelativePathsStartAtTheBaseFolder) {
  Put("home/in/a.csv");
  EXPECT_THAT(All("in"), ElementsAre("home/in/a.csv"));
  EXPECT_EQ(OpenCsv("in/*.csv")->Identity(), "files:mem:///home/in/*.csv");
  const std::vector<Argument> arguments{{"path", Value::String("in/x{a,b}/*.csv"), {}}};
  EXPECT_EQ(FileConnector().path_of(arguments, Context()), "mem:///home/in");
}

TEST_F(FileSourceTest, AMissingFolderAndAnEmptyOneSayWhatToDo) {
  try {
    OpenCsv("/nowhere/else")->Discover();
    FAIL();
  } catch (const DiagnosticError& error) {
    EXPECT_EQ(error.condition(), "PATH_NOT_FOUND");
    EXPECT_THAT(error.what(), HasSubstr("mem:///nowhere/else"));
  }
  Put("in/_ignored");
  try {
    OpenCsv("/in")->Discover();
    FAIL();
  } catch (const DiagnosticError& error) {
    EXPECT_EQ(error.condition(), "UNABLE_TO_INFER_SCHEMA");
    EXPECT_THAT(error.what(), HasSubstr("schema => "));
  }
  const auto source = OpenCsv("/in", {{"schema", "id BIGINT"}});
  EXPECT_EQ(source->Discover().ToDdl(), "id BIGINT");
  EXPECT_THAT(Next(*source, *source->NewProgress()), ElementsAre("nothing"));
}

TEST_F(FileSourceTest, APlanGivesTheSameFilesAgainOrAnError) {
  Put("in/a.csv");
  Put("in/b.csv");
  const auto source = OpenCsv("/in");
  const Schema schema = source->Discover();
  const auto plan = source->Plan(*source->NewProgress(), {});
  Put("in/c.csv");
  const auto again = OpenCsv("/in");
  EXPECT_TRUE(again->IsStillThere(*plan));
  EXPECT_THAT(Keys(std::get<FileSet>(again->Read(*plan, schema))),
              ElementsAre("in/a.csv", "in/b.csv"));
  Put("in/b.csv", "id,name\n1,changed\n");
  EXPECT_FALSE(again->IsStillThere(*plan));
  try {
    again->Read(*plan, schema);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("in/b.csv changed after its batch was planned"));
  }
  store->Delete("in/b.csv");
  EXPECT_FALSE(again->IsStillThere(*plan));
  EXPECT_THROW(again->Read(*plan, schema), Error);
  const auto lenient = OpenCsv("/in", {{"ignoreMissingFiles", "true"}});
  EXPECT_THAT(Keys(std::get<FileSet>(lenient->Read(*plan, schema))), ElementsAre("in/a.csv"));
  EXPECT_THROW(again->Read({"{}"}, schema), Error);
  EXPECT_THROW(again->Read({"{"}, schema), Error);
}

TEST_F(FileSourceTest, TheRelationHoldsColumnsRescueAndOptions) {
  Put("in/a.csv");
  const auto source = OpenCsv("/in", {{"cloudFiles.schemaHints", "id STRING"}});
  const Schema schema = source->Discover();
  EXPECT_EQ(schema.ToDdl(), "id STRING, name STRING, _rescued_data STRING");
  const auto plan = source->Plan(*source->NewProgress(), {});
  const auto set = std::get<FileSet>(source->Read(*plan, schema));
  EXPECT_EQ(set.format, "csv");
  EXPECT_EQ(set.schema.ToDdl(), "id STRING, name STRING");
  EXPECT_EQ(set.rescued_column, "_rescued_data");
  EXPECT_EQ(set.options.at("header"), "true");
  EXPECT_EQ(set.files.at(0).uri, "mem:///in/a.csv");
}

TEST_F(FileSourceTest, ColumnsEvolveAfterWhatEarlierBatchesHad) {
  Put("in/a.csv", "id,name\n1,2\n");
  const auto source = OpenCsv("/in");
  const auto progress = source->NewProgress();
  Next(*source, *progress);
  Put("in/b.csv", "extra,id,name\nx,one,3\n");
  const auto later = OpenCsv("/in");
  EXPECT_EQ(later->DiscoverAfter(*progress).ToDdl(),
            "id INT, name INT, extra STRING, _rescued_data STRING");
  const auto frozen = OpenCsv("/in", {{"schemaEvolutionMode", "rescue"}});
  EXPECT_EQ(frozen->DiscoverAfter(*progress).ToDdl(), "id INT, name INT, _rescued_data STRING");
}

TEST_F(FileSourceTest, ABatchReadOfAnEmptyFolderHasAPlanWithoutFiles) {
  Put("in/_ignored");
  const auto source = OpenCsv("/in", {{"schema", "id BIGINT"}});
  EXPECT_THAT(Next(*source, *source->NewProgress(), {{}, {}, true}), IsEmpty());
  EXPECT_THAT(Keys(std::get<FileSet>(source->Read({}, source->Discover()))), IsEmpty());
}

TEST_F(FileSourceTest, FilesAreLookedIntoAgainOnlyWhenTheyChanged) {
  Put("in/a.csv", "id\n1\n");
  const Connector connector = FileConnector();
  const std::vector<Argument> arguments{{"", Value::String("/in/*.csv"), {}},
                                        {"header", Value::Boolean(true), {}}};
  EXPECT_EQ(connector.open(arguments, Context())->Discover()[0].type, TypeId::kInt);
  // The same clock: to the source the file is as it was.
  store->Put("in/a.csv", "id\nx\n");
  const bool has_etag = !store->Find("in/a.csv")->etag.empty();
  EXPECT_EQ(connector.open(arguments, Context())->Discover()[0].type,
            has_etag ? TypeId::kString : TypeId::kInt);
  Put("in/a.csv", "id\n2013-01-01\n");
  EXPECT_EQ(connector.open(arguments, Context())->Discover()[0].type, TypeId::kDate);
  const auto source = connector.open(arguments, Context());
  store->Delete("in/a.csv");
  Put("in/a.csv", "id\n2013-01-01\n");
  EXPECT_EQ(source->Discover()[0].type, TypeId::kDate);
}

TEST_F(FileSourceTest, ParquetSchemasAreMergedAndDamagedFilesPassedOver) {
  Put("in/a.parquet", "narrow");
  Put("in/b.parquet", "broken");
  Put("in/c.parquet", "wide");
  EXPECT_EQ(Open("/in", {{"format", "parquet"}})->Discover().ToDdl(),
            "id BIGINT, more STRING, _rescued_data STRING");
  store->Delete("in/a.parquet");
  store->Delete("in/c.parquet");
  EXPECT_THROW(Open("/in", {{"format", "parquet"}})->Discover(), Error);
}

TEST_F(FileSourceTest, EveryMistakeInTheOptionsIsNamedAtOnce) {
  const std::string text = WhatIsWrong("/in", {{"format", "csv"},
                                               {"heder", "true"},
                                               {"cloudFiles.maxFilesPerTriger", "1"},
                                               {"dateFormat", "dd.MM.yyyy"},
                                               {"header", "maybe"},
                                               {"maxBytesPerTrigger", "lots"},
                                               {"primitivesAsString", "true"},
                                               {"mode", "LENIENT"}});
  for (const char* const part :
       {"`heder`", "did you mean `header`?", "did you mean `maxFilesPerTrigger`?",
        "`dateFormat` = 'dd.MM.yyyy' is not supported",
        "`header` is 'maybe', but must be true or false", "`maxBytesPerTrigger` is 'lots'",
        "PERMISSIVE, DROPMALFORMED or FAILFAST"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"}, {"primitivesAsString", "true"}}),
              HasSubstr("has no meaning for format csv"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "xml"}}), HasSubstr("needs a rowTag"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "orc"}}), HasSubstr("ORC files are not supported"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "tsv"}}), HasSubstr("csv, json, parquet, avro, xml,"));
  EXPECT_THAT(WhatIsWrong("/in", {}), HasSubstr("does not tell the format"));
  EXPECT_EQ(WhatIsWrong("/in/*.jsonl.gz", {}), "");
  EXPECT_THAT(WhatIsWrong("/in", {{"path", "/other"}}), HasSubstr("the path is given twice"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"}, {"cloudFiles.format", "csv"}}),
              HasSubstr("given twice"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"}, {"schema", "id NONSENSE"}}),
              HasSubstr("in schema"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "csv"},
                                  {"schema", "id BIGINT"},
                                  {"schemaEvolutionMode", "addNewColumns"}}),
              HasSubstr("contradicts an explicit schema"));
  EXPECT_EQ(WhatIsWrong("/in", {{"format", "csv"},
                                {"encoding", "UTF-8"},
                                {"multiLine", "false"},
                                {"cloudFiles.maxBytesPerTrigger", "1.5g"}}),
            WhatIsWrong("/in", {{"format", "csv"}, {"cloudFiles.maxBytesPerTrigger", "1.5g"}}));
}

TEST_F(FileSourceTest, TextAndBinaryFilesHaveTheirColumnsWhateverTheyHold) {
  Put("in/a.csv");
  EXPECT_EQ(Open("/in", {{"format", "TEXT"}})->Discover().ToDdl(), "value STRING");
  EXPECT_EQ(Open("/in", {{"format", "text"}, {"schema", "line STRING"}})->Discover().ToDdl(),
            "line STRING");
  EXPECT_EQ(Open("/in/*.none", {{"format", "binaryFile"}})->Discover().ToDdl(),
            "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY");
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "text"}, {"schema", "a STRING, b STRING"}}),
              HasSubstr("text files have one column"));
  for (const char* const option : {"schema", "schemaHints", "multiLine", "mode", "header"}) {
    EXPECT_THAT(WhatIsWrong("/in", {{"format", "binaryFile"}, {option, "a STRING"}}),
                HasSubstr(option));
  }
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "text"}, {"rescuedDataColumn", "r"}}),
              HasSubstr("has no meaning for format text"));
}

TEST_F(FileSourceTest, OptionsThatContradictEachOtherAreRefused) {
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "json"}, {"multiLine", "true"}, {"lineSep", "|"}}),
              HasSubstr("lineSep is not supported with multiLine"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "text"}, {"wholeText", "true"}, {"lineSep", "|"}}),
              HasSubstr("lineSep is not supported with wholeText"));
  EXPECT_THAT(WhatIsWrong("/in", {{"format", "text"}, {"lineSep", ""}}),
              HasSubstr("a text of 1 to 16 bytes"));
  EXPECT_THAT(
      WhatIsWrong("/in", {{"format", "text"}, {"pathGlobFilter", "a"}, {"fileNamePattern", "b"}}),
      HasSubstr("are one option"));
}

TEST_F(FileSourceTest, TheRescuedColumnComesWithInferenceOrByName) {
  Put("in/a.csv");
  EXPECT_EQ(OpenCsv("/in", {{"rescuedDataColumn", "rest"}})->Discover().ToDdl(),
            "id INT, name STRING, rest STRING");
  EXPECT_EQ(OpenCsv("/in", {{"schemaEvolutionMode", "none"}})->Discover().ToDdl(),
            "id INT, name STRING");
  EXPECT_EQ(OpenCsv("/in", {{"schema", "id BIGINT"}, {"schemaEvolutionMode", "rescue"}})
                ->Discover()
                .ToDdl(),
            "id BIGINT, _rescued_data STRING");
}

TEST(RegistryTest, FindsConnectorsWhateverTheCase) {
  const Registry registry = BuiltinConnectors();
  EXPECT_NE(registry.Find("READ_FILES"), nullptr);
  EXPECT_EQ(registry.Find("read_nothing"), nullptr);
}

}  // namespace
}  // namespace weir::connect
