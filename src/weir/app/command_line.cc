#include "weir/app/command_line.h"

#include <CLI/CLI.hpp>
#include <clocale>
#include <filesystem>
#include <ostream>

#include "weir/app/option_checks.h"
#include "weir/app/unknown_word.h"
#include "weir/app/version.h"
#include "weir/base/error_text.h"
#include "weir/types/diagnostic.h"

namespace weir::app {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 something failed or is wrong; 2 wrong command line; 3 not allowed;\n"
    "4 the disk is full, out of memory or a store does not answer; 70 a defect in weir;\n"
    "130 stopped by Ctrl-C (143: by SIGTERM); 141 nobody read the output any more.";

// As the values of OutputFormat stand.
const std::vector<std::string> kFormats = {"table", "csv", "json"};
static_assert(static_cast<int>(OutputFormat::kTable) == 0 &&
              static_cast<int>(OutputFormat::kCsv) == 1 &&
              static_cast<int>(OutputFormat::kJson) == 2);

std::string VersionLine() {
  std::string line = "weir " + std::string(Version());
  if (!Commit().empty()) line += " (" + std::string(Commit()) + ")";
  return line;
}

void AddGlobal(CLI::App& command, GlobalOptions& global) {
  command
      .add_option("--home", global.home,
                  "Where weir keeps its catalog and managed tables (default: WEIR_HOME, or "
                  "~/.weir)")
      ->type_name("DIR");
  command
      .add_option("--output", global.output,
                  "How rows and events are printed: table, csv or json (one object a line)")
      ->transform(PositionAmong(kFormats))
      ->option_text("FORMAT");
  command.add_option("--threads", global.threads, "How many the engine uses (default: one a core)")
      ->check(CountBetween(1, 1024))
      ->option_text("N");
  command
      .add_option(
          "--memory-limit", global.memory_limit_bytes,
          "For all that runs at once, as in 4GB (default: 60 % of the machine's); what does "
          "not fit spills to the home's tmp/")
      ->transform(MemorySize())
      ->option_text("SIZE");
  command.add_flag("--verbose", global.verbose,
                   "Also print what goes into the log, <home>/log/weir.log, to standard error");
}

CLI::App& AddSpec(CLI::App& command, PipelineOptions& options) {
  command
      .add_option("--spec", options.spec,
                  "The project's spark-pipeline.yml (default: in this folder or above it)")
      ->type_name("FILE");
  return command;
}

void AddDuration(CLI::App& command, const std::string& name, int64_t& millis,
                 const std::string& what) {
  command.add_option(name, millis, what)->transform(Duration())->option_text("TIME");
}

// All commands with their options, and which of them was chosen.
class Commands {
 public:
  Commands(std::istream& in, std::ostream& out, std::ostream& err)
      : in_(in), out_(out), err_(err), app_("weir: a lakehouse in one program", "weir") {
    app_.footer(
        "Examples:\n"
        "  weir sql -e \"select 1 + 1\"\n"
        "  weir pipeline init --name trips && cd trips && weir pipeline run\n"
        "  weir table history main.default.trips\n\n" +
        std::string(kExitCodes));
    app_.set_version_flag("--version", VersionLine());
    app_.require_subcommand(1);
    AddGlobal(app_, global_);
    AddSql();
    AddPipeline();
    AddTable();
    AddDoctor();
  }

  int Run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
      return app_.exit(help, out_, err_);
    } catch (const CLI::CallForAllHelp& help) {
      return app_.exit(help, out_, err_);
    } catch (const CLI::CallForVersion& version) {
      return app_.exit(version, out_, err_);
    } catch (const CLI::ParseError& error) {
      err_ << "weir: "
           << UnknownWord(app_, {argv + 1, argv + argc}).value_or(WhatIsWrong(app_, error)) << "\n"
           << "`weir --help` lists the commands, `weir COMMAND --help` shows one\n";
      return kUsage;
    }
    return run_();
  }

 private:
  CLI::App& Add(CLI::App& parent, const std::string& name, const std::string& what,
                const std::string& example, std::function<int()> run) {
    CLI::App& command = *parent.add_subcommand(name, what);
    command.footer(example);
    command.callback([this, run = std::move(run)] { run_ = run; });
    AddGlobal(command, global_);
    return command;
  }

  void AddSql() {
    CLI::App& sql = Add(app_, "sql", "Run SQL statements",
                        "Without -e and -f statements are read from standard input; on a terminal\n"
                        "that is a prompt with completion (TAB) and history, where \\h helps.\n"
                        "Examples:\n"
                        "  weir sql\n"
                        "  weir sql -e \"show tables\"\n"
                        "  weir sql --output json -f report.sql > report.jsonl\n"
                        "  weir sql --param day:DATE=2026-01-31 -f day.sql\n"
                        "  echo \"select count(*) from main.flights.bronze\" | weir sql",
                        [this] { return RunSql(global_, SqlInOrder(), in_, out_, err_); });
    sql.add_option("-e,--execute", statements_, "Statements, separated by ';'")
        ->type_name("STATEMENT");
    sql.add_option("-f,--file", files_, "A file of statements; -e and -f run as they stand")
        ->type_name("FILE");
    sql.add_option("--time-zone", time_zone_,
                   "Of the session, as SET TIME ZONE takes it: Europe/Berlin, +01:00, LOCAL "
                   "(default: UTC)")
        ->type_name("ZONE");
    sql.add_option("--param", parameters_,
                   "A value for :NAME in the statements, a string where no type is given")
        ->type_name("NAME[:TYPE]=VALUE")
        ->allow_extra_args(false);
  }

  // What -e and -f were given, as they stand on the command line.
  SqlOptions SqlInOrder() const {
    const CLI::App& sql = *app_.get_subcommand("sql");
    SqlOptions ordered;
    ordered.time_zone = time_zone_;
    ordered.parameters = parameters_;
    auto statement = statements_.begin();
    auto file = files_.begin();
    for (const CLI::Option* option : sql.parse_order()) {
      if (option == sql.get_option("-e")) ordered.inputs.push_back({*statement++, false});
      if (option == sql.get_option("-f")) ordered.inputs.push_back({*file++, true});
    }
    return ordered;
  }

  void AddPipeline() {
    CLI::App& pipeline = *app_.add_subcommand("pipeline",
                                              "Declarative pipelines: raw files to gold "
                                              "tables");
    pipeline.require_subcommand(1);
    pipeline.footer(
        "A pipeline project is a folder with a spark-pipeline.yml and SQL files.\n"
        "Examples:\n"
        "  weir pipeline init --name trips\n"
        "  weir pipeline run --spec trips/spark-pipeline.yml");
    CLI::App& init =
        Add(pipeline, "init", "Make a new project that runs at once",
            "Example:\n  weir pipeline init --name trips && cd trips && weir pipeline run",
            [this] { return RunPipelineInit(init_, out_); });
    init.add_option("--name", init_.name, "The pipeline's name")->required()->type_name("NAME");
    init.add_option("folder", init_.folder, "Where (default: a folder of that name)")
        ->type_name("DIR");
    AddSelection(AddSpec(
        Add(pipeline, "dry-run", "Check the whole project without changing anything",
            "Reports every mistake of syntax, names, types and order at once, then what an update\n"
            "would create, keep, evolve, rebuild or leave.\n"
            "Examples:\n  weir pipeline dry-run --spec trips/spark-pipeline.yml\n"
            "  weir pipeline dry-run --full-refresh silver",
            [this] { return RunPipelineDryRun(global_, pipeline_, out_, err_); }),
        pipeline_));
    AddRun(pipeline);
    AddTest(pipeline);
    CLI::App& graph = AddSpec(
        Add(pipeline, "graph", "Show what feeds what",
            "html is one page that needs nothing else: columns of each dataset, and what the\n"
            "last update did.\n"
            "Examples:\n  weir pipeline graph\n"
            "  weir pipeline graph --format mermaid > graph.mmd\n"
            "  weir pipeline graph --format html > graph.html",
            [this] { return RunPipelineGraph(global_, pipeline_, out_, err_); }),
        pipeline_);
    graph.add_option("--format", pipeline_.graph_format, "text, mermaid or html")
        ->check(OneOf({"text", "mermaid", "html"}))
        ->type_name("FORMAT");
  }

  void AddRun(CLI::App& pipeline) {
    CLI::App& run = AddSpec(
        Add(pipeline, "run", "Bring every table up to date, reading only what is new",
            "Ctrl-C cancels what runs and keeps what is committed; the next run goes on there.\n"
            "Examples:\n  weir pipeline run\n"
            "  weir pipeline run --refresh silver,gold\n"
            "  weir pipeline run --full-refresh bronze\n"
            "  weir pipeline run --continuous --interval 5s",
            [this] {
              const auto& chosen = *app_.get_subcommand("pipeline")->get_subcommand("run");
              if (chosen.count("--interval") > 0 && !pipeline_.continuous) {
                throw UsageError(
                    "--interval is the pause between two updates of --continuous; add that, or "
                    "leave --interval out");
              }
              return RunPipelineUpdate(global_, pipeline_, out_, err_);
            }),
        pipeline_);
    AddSelection(run);
    run.add_option("--retries", pipeline_.retries,
                   "How often a flow that met a conflict or a store that did not answer is tried "
                   "again (default: 2)")
        ->check(CountBetween(0, 100))
        ->option_text("N");
    run.add_flag("--continuous", pipeline_.continuous,
                 "Go on, update after update, until Ctrl-C or SIGTERM");
    AddDuration(run, "--interval", pipeline_.interval_millis,
                "Pause between two updates of --continuous (default: 1s)");
  }

  void AddSelection(CLI::App& command) {
    command.add_option("--refresh", pipeline_.refresh, "Only these tables")
        ->delimiter(',')
        ->type_name("T,...");
    command
        .add_option("--full-refresh", pipeline_.full_refresh,
                    "Empty these tables and read everything again")
        ->delimiter(',')
        ->type_name("T,...");
    command.add_flag("--full-refresh-all", pipeline_.full_refresh_all,
                     "Empty all tables and read everything again");
  }

  void AddTest(CLI::App& pipeline) {
    CLI::App& test =
        Add(pipeline, "test", "Run the project's tests, in memory",
            "A test is a YAML file under tests/: rows that are given, rows that are expected.\n"
            "    given:\n"
            "      read_files('data/trips'):\n"
            "        - {id: 1, city: Faro, started_at: 2026-03-01 08:00:00, distance_km: 7.7}\n"
            "    expect:\n"
            "      trips_by_city:\n"
            "        - {city: Faro, trips: 1, distance_km: 7.7}\n"
            "Nothing of a home, its tables or the project's data is read or written.\n"
            "Examples:\n"
            "  weir pipeline test\n"
            "  weir pipeline test late_data 'orders*'\n"
            "  weir pipeline test --junit report.xml",
            [this] { return RunPipelineTest(global_, test_, out_); });
    test.add_option("name", test_.names, "Only tests of these names or patterns")
        ->type_name("NAME");
    test.add_option("--spec", test_.spec,
                    "The project's spark-pipeline.yml (default: in this folder or above it)")
        ->type_name("FILE");
    test.add_flag("--list", test_.list, "Show the tests instead of running them");
    test.add_option("--junit", test_.junit, "Also write the outcomes there, as JUnit XML")
        ->type_name("FILE");
  }

  void AddTable() {
    CLI::App& table = *app_.add_subcommand("table", "Look into a table");
    table.require_subcommand(1);
    table.footer("Example:\n  weir table history main.default.trips");
    Add(table, "history", "The versions of a table, newest first",
        "Example:\n  weir table history main.default.trips",
        [this] { return RunTableHistory(global_, table_, out_); })
        .add_option("table", table_, "catalog.schema.name")
        ->required();
    Add(table, "files", "The data files of a table, with rows and size",
        "Example:\n  weir table files main.default.trips",
        [this] { return RunTableFiles(global_, table_, out_); })
        .add_option("table", table_, "catalog.schema.name")
        ->required();
  }

  void AddDoctor() {
    CLI::App& doctor = Add(
        app_, "doctor", "Check a home: what is wrong with it, and what to do",
        "Looks at the machine, the home's folder, its state and every table that you may read,\n"
        "and writes nothing. With --fix it closes the home to other users, closes the records of\n"
        "statements whose process is gone, and removes what is certainly nobody's: folders that\n"
        "no table names and files of killed processes, older than --grace.\n"
        "Exit code 1 when something is wrong; a warning is not.\n"
        "Examples:\n"
        "  weir doctor\n"
        "  weir doctor --fix\n"
        "  weir doctor --home /data/weir --output json",
        [this] { return RunDoctor(global_, doctor_, out_, err_); });
    doctor.add_flag("--fix", doctor_.fix, "Mend what can be mended without losing anything");
    AddDuration(doctor, "--grace", doctor_.grace_millis,
                "How old that has to be before --fix removes it (default: 24h)");
  }

  std::istream& in_;
  std::ostream& out_;
  std::ostream& err_;
  CLI::App app_;
  GlobalOptions global_;
  std::vector<std::string> statements_;  // As given to -e
  std::vector<std::string> files_;       // and to -f.
  std::string time_zone_;
  std::vector<std::string> parameters_;
  InitOptions init_;
  PipelineOptions pipeline_;
  TestOptions test_;
  DoctorOptions doctor_;
  std::string table_;
  std::function<int()> run_;
};

}  // namespace

int ExitCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kDenied:
    case ErrorCode::kUnauthenticated:
      return kPermission;
    case ErrorCode::kUnavailable:
    case ErrorCode::kExhausted:
    case ErrorCode::kDeadline:
      return kEnvironment;
    case ErrorCode::kInternal:
      return kInternalError;
    default:
      return kFailed;
  }
}

int Main(int argc, char** argv, std::istream& in, std::ostream& out, std::ostream& err) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  try {
    return Commands(in, out, err).Run(argc, argv);
  } catch (const UsageError& error) {
    err << "weir: " << error.what() << "\n";
    return kUsage;
  } catch (const DiagnosticError& error) {
    err << error.what() << "\n";
    return ExitCodeOf(error.code());
  } catch (const Error& error) {
    err << "weir: " << ErrorText(error) << "\n";
    return ExitCodeOf(error.code());
  } catch (const std::filesystem::filesystem_error& error) {
    err << "weir: can't read '" << error.path1().string() << "': " << error.code().message()
        << "; check the path and its permissions\n";
    return error.code() == std::errc::permission_denied ? kPermission : kFailed;
  } catch (const std::bad_alloc&) {
    err << "weir: out of memory\n";
    return kEnvironment;
  } catch (const std::exception& error) {
    err << "weir: a defect in weir, please report it: " << error.what() << "\n";
    return kInternalError;
  }
}

}  // namespace weir::app
