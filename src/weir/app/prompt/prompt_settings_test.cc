#include "weir/app/prompt/prompt_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app {
namespace {

using Kind = PromptCommand::Kind;

Kind KindOf(const std::string& line, bool starts_statement = true) {
  const auto command = ParseCommand(line, starts_statement);
  EXPECT_TRUE(command) << line;
  return command ? command->kind : Kind::kUnknown;
}

TEST(PromptSettingsTest, CommandsAreKnownWithAndWithoutSemicolon) {
  EXPECT_EQ(KindOf("\\q"), Kind::kQuit);
  EXPECT_EQ(KindOf("exit;"), Kind::kQuit);
  EXPECT_EQ(KindOf("  QUIT ; "), Kind::kQuit);
  EXPECT_EQ(KindOf("\\h"), Kind::kHelp);
  EXPECT_EQ(ParseCommand("\\d main.sales.orders;", true)->argument, "main.sales.orders");
  EXPECT_EQ(ParseCommand("source a b.sql", true)->argument, "a b.sql");
  EXPECT_EQ(ParseCommand("\\nothing here", true)->argument, "\\nothing here");
  EXPECT_EQ(KindOf("\\i"), Kind::kUnknown);
}

TEST(PromptSettingsTest, SqlIsNoCommand) {
  for (const char* line : {"SELECT 1;", "exit 1", "source", "help me", ""}) {
    EXPECT_FALSE(ParseCommand(line, true)) << line;
  }
  EXPECT_FALSE(ParseCommand("exit", false));
  EXPECT_EQ(KindOf("\\q", false), Kind::kQuit);
}

TEST(PromptSettingsTest, SettingsToggleAndTakeValues) {
  PromptSettings settings;
  const auto change = [&](const std::string& line) {
    return ChangeSettings(*ParseCommand(line, true), settings);
  };
  change("\\x");
  EXPECT_EQ(settings.layout, TableLayout::kExpanded);
  change("\\x");
  EXPECT_EQ(settings.layout, TableLayout::kAuto);
  change("\\x off");
  EXPECT_EQ(settings.layout, TableLayout::kRows);
  change("\\timing");
  EXPECT_FALSE(settings.timing);
  change("\\timing on");
  EXPECT_TRUE(settings.timing);
  change("\\rows 7");
  EXPECT_EQ(settings.max_rows, 7);
  change("\\rows all");
  EXPECT_FALSE(settings.max_rows);
  EXPECT_THAT(change("\\rows some"), testing::HasSubstr("not some"));
  EXPECT_THAT(change("\\x sideways"), testing::HasSubstr("not sideways"));
}

}  // namespace
}  // namespace weir::app
