#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "weir/sql/ast.h"
#include "weir/sql/cursor.h"
#include "weir/sql/interval_text.h"
#include "weir/sql/parser.h"

namespace weir::sql {

inline constexpr const char* kNameClusteringColumns =
    "name the columns: weir keeps no account of what is filtered by, from which to choose them";

inline constexpr const char* kFilterInView =
    "leave it out, and grant SELECT on a view that shows what each reader may see, by "
    "current_user(), instead of on the table";

// The rules of the language, by recursive descent; precedence and forms follow Spark's grammar
// (SqlBaseParser.g4). A rule reads its tokens and returns the node, or fails (see Cursor). Its
// methods are defined by noun in expression_parser.cc, call_parser.cc, literal_parser.cc,
// interval_parser.cc, type_parser.cc, query_parser.cc, from_parser.cc, name_parser.cc,
// relation_parser.cc, pipe_parser.cc, statement_parser.cc, change_parser.cc, variable_parser.cc,
// routine_parser.cc, catalog_parser.cc, alter_parser.cc, create_parser.cc, clause_parser.cc,
// dataset_parser.cc, cdc_parser.cc.
class Grammar : private Cursor {
 public:
  explicit Grammar(std::shared_ptr<const SourceText> source,
                   std::shared_ptr<const Parameters> parameters = nullptr,
                   std::vector<std::string> identifier_values = {})
      : Cursor(std::move(source)),
        parameters_(std::move(parameters)),
        identifier_values_(std::move(identifier_values)) {}

  ParsedScript Script();
  std::variant<StatementPtr, Diagnostics> WholeStatement();
  ParameterMarkers Markers();
  std::variant<ExprPtr, Diagnostics> WholeExpression();
  std::variant<DataType, Diagnostics> WholeType(StringTypes* strings);
  std::variant<Schema, Diagnostics> WholeColumns(StringTypes* strings);

 private:
  using Node = decltype(Expr::node);
  using Body = decltype(Query::body);
  using FromNode = decltype(FromItem::node);
  using AlterAction = decltype(AlterTable::action);

  template <typename T, typename Rule>
  std::variant<T, Diagnostics> Whole(Rule rule);
  StatementPtr TryStatement();
  StatementPtr ReadWholeStatement();
  void ReportRefused();
  Diagnostics TakeDiagnostics();

  // ---- names
  Identifier ReadIdentifier();         // Any word or quoted name.
  Identifier ReadCheckedIdentifier();  // Also refuses a-b, which wants backticks.
  Name ReadName();                     // One to many parts, each checked.
  Name ReadTableName();                // ReadName or IDENTIFIER(...).
  bool AtIdentifierClause() const;
  Name ReadIdentifierClause();
  Name NameSpelled(const std::string& text, const Span& span);
  std::vector<Identifier> ReadIdentifierList();  // (a, b)
  std::string NameText(const Token& token);
  void CheckNoHyphen(const Token& first);
  bool AtClauseStart(size_t ahead = 0) const;  // A word that cannot be an alias without AS.
  bool AtJoin() const;
  bool AtSetOperator() const;
  bool AtAlias() const;

  // ---- expressions
  ExprPtr Make(size_t first, Node node);
  ExprPtr MakeSpanned(Span span, Node node);
  ExprPtr ReadExpression();
  struct ChainOperand {
    ExprPtr expr;
    size_t first, last;  // Its tokens, parentheses around it too.
  };
  ExprPtr ReadOr();
  ExprPtr ReadAnd();
  ExprPtr Balanced(std::vector<ChainOperand>& operands, size_t low, size_t high, BinaryOp op);
  ExprPtr ReadNot();
  ExprPtr ReadPredicated();
  ExprPtr ReadPredicate(size_t first, ExprPtr operand);
  ExprPtr ReadIn(size_t first, ExprPtr operand, bool negated);
  ExprPtr ReadLike(size_t first, ExprPtr operand, LikeKind kind, bool negated);
  ExprPtr ReadIs(size_t first, ExprPtr operand);
  ExprPtr ReadValue(int precedence = 0);
  ExprPtr ReadConcats(size_t first, ExprPtr left);
  ExprPtr ReadUnary();
  ExprPtr ReadPostfix();
  ExprPtr ReadExtraction(ExprPtr operand, size_t first);
  ExprPtr ReadPrimary();
  ExprPtr ReadWordPrimary();
  ExprPtr ReadParenthesized();
  ExprPtr ReadCase();
  ExprPtr ReadCast();
  ExprPtr ReadSubqueryAfterParenthesis(size_t first);
  ExprPtr ReadNamePrimary();
  ExprPtr ReadStar(size_t first, std::optional<Name> qualifier);
  ExprPtr ReadParameter();
  ExprPtr RowOf(size_t first, std::vector<Argument> fields);
  ExprPtr LambdaOf(size_t first, std::vector<Argument> parameters);
  Argument ReadNamedExpression();
  std::vector<ExprPtr> ReadExpressions();
  bool StartsQuery(size_t ahead = 0) const;
  bool CanBeColumn() const;
  // A query in parentheses that turns out to go on: ((SELECT 1) UNION ...).
  bool ContinuesQuery(const ExprPtr& expr) const;
  QueryPtr ContinueQuery(ExprPtr subquery);

  // ---- calls
  ExprPtr ReadCall(size_t first, Name function);
  std::optional<ExprPtr> ReadSpecialCall();
  ExprPtr ReadExtract();
  ExprPtr ReadTrim();
  ExprPtr ReadSubstring();
  ExprPtr ReadPosition();
  ExprPtr ReadOverlay();
  ExprPtr ReadBareFunction();
  ExprPtr CallOf(size_t first, std::string name, std::vector<ExprPtr> arguments);
  Argument ReadArgument(bool allow_alias);
  static bool TakesTable(const Identifier& function);
  Argument ReadTableArgument();
  ExprPtr ReadTableOfCall();
  void ReadArguments(CallExpr& call);
  void ReadCallSuffixes(CallExpr& call);
  std::optional<bool> ReadNullsOption();
  void RewriteDateCall(CallExpr& call);
  WindowSpec ReadWindowSpec();
  std::optional<WindowFrame> ReadFrame();
  FrameBound ReadFrameBound();
  std::vector<SortItem> ReadSortItems();
  SortItem ReadSortItem();
  std::optional<bool> ReadNullOrder();

  // ---- literals
  ExprPtr MakeLiteral(size_t first, Value value);
  ExprPtr ReadNumber(bool negative, size_t first);
  ExprPtr ReadStrings();
  ExprPtr ReadTypedLiteral();
  ExprPtr SpecialMoment(size_t first, TypeId type, const std::string& word);
  std::string ReadStringText();
  int64_t ReadInteger();
  bool AtInteger(size_t ahead = 0) const;
  bool StartsInterval() const;
  ExprPtr ReadInterval();
  ExprPtr ReadIntervalText(size_t first);
  ExprPtr ReadIntervalAmounts(size_t first);
  bool AtIntervalAmount() const;
  bool AtIntervalFields() const;
  ExprPtr MakeInterval(size_t first, const IntervalResult& result);
  ExprPtr ReadIntervalFields(size_t first, bool negative);

  // ---- types
  // Adds the strings in it to `strings`. Null: CHAR(n) and VARCHAR(n) are plain strings.
  DataType ReadType(StringTypes* strings = nullptr);
  DataType ReadStringType(size_t first, Keyword keyword, StringTypes* strings);
  DataType ReadUnboundedType();  // One that CHAR(n) and VARCHAR(n) cannot be part of.
  void ReadCollation(size_t first);
  DataType ReadStructType(StringTypes* strings);
  DataType ReadIntervalType();
  DataType ReadDecimalType();
  DataType ReadTimestampType();
  DataType ReadTimeType();
  DataType FailUnsupportedType(size_t first);
  void ReadTypeArguments(std::vector<int64_t>& arguments);
  std::vector<Field> ReadFields(bool colon, StringTypes* strings);
  Field ReadField(bool colon, StringTypes* strings);
  bool ReadNotNull();

  // ---- queries
  QueryPtr ReadQuery();
  QueryPtr ReadQueryAfterWith(size_t first, bool recursive, std::vector<Cte> with);
  std::vector<Cte> ReadWith(bool& recursive);
  QueryPtr ReadQueryTerm();
  QueryPtr ReadIntersections();
  QueryPtr ReadQueryTermFrom(QueryPtr left);
  QueryPtr ReadIntersectionsFrom(QueryPtr left);
  QueryPtr ReadUnionsFrom(QueryPtr left);
  QueryPtr ReadUnion(QueryPtr left);
  QueryPtr BalancedUnion(std::vector<QueryPtr>& operands, size_t begin, size_t end, bool all);
  QueryPtr ReadSetOperation(QueryPtr left, SetKind kind);
  void ReadSetQuantifier(SetOperation& operation);
  QueryPtr Combined(SetOperation operation);
  QueryPtr ReadQueryPrimary();
  QueryPtr ReadFromFirst();
  QueryPtr MakeQuery(size_t first, Body body);
  QueryPtr FinishQuery(QueryPtr query);
  bool AtScript() const;
  Select ReadSelect(FromItemPtr from = nullptr);
  DistinctOn ReadDistinctOn();
  SelectItem ReadSelectItem();
  void ReadSelectTail(Select& select);
  void ReadWindows(Select& select);
  std::optional<GroupBy> ReadGroupBy();
  bool AtGroupingAnalytics() const;
  // A key, ROLLUP(...), CUBE(...) or GROUPING SETS (...), as written.
  struct GroupingClause {
    GroupingKind kind = GroupingKind::kPlain;
    std::vector<std::vector<ExprPtr>> elements;  // Of a key: one.
  };
  GroupingClause ReadGroupingClause();
  std::vector<GroupingClause> WholeClause(GroupingKind kind, std::vector<GroupingClause> keys);
  std::vector<std::vector<ExprPtr>> SetsOf(GroupingClause clause);
  void FillGroupBy(GroupBy& group, std::vector<GroupingClause> clauses);
  std::vector<ExprPtr> ReadGroupingSet();
  void ReadOrganization(Query& query);
  void ReadOrderByAll(Query& query);
  std::vector<std::vector<ExprPtr>> ReadRows();
  std::vector<ExprPtr> RowValues(ExprPtr expr);

  // ---- FROM
  FromItemPtr MakeFrom(size_t first, FromNode node, TableAlias alias = {});
  FromItemPtr ReadFromClause();
  FromItemPtr ReadRelation();
  FromItemPtr ReadJoins(size_t first, FromItemPtr left);
  FromItemPtr ReadJoin(size_t first, FromItemPtr left);
  JoinKind ReadJoinKind();
  FromItemPtr ReadRelationPrimary();
  FromItemPtr ReadLateral();
  FromItemPtr ReadStream();
  FromItemPtr ReadNamedRelation(bool stream);
  FromItemPtr ReadParenthesizedRelation();
  FromItemPtr SelectAll(size_t first, FromItemPtr item);
  FromItemPtr ReadLateralViews(FromItemPtr input);
  void ReadTimeTravel(TableFrom& table);
  TableAlias ReadTableAlias();
  FromItemPtr ReadAliased(size_t first, FromItemPtr item);
  ExprPtr ReadConstantMoment();
  void ReadNearest(const JoinFrom& join, size_t first);
  [[noreturn]] void FailPivotHere(size_t first, bool lateral, bool is_pivot);

  // ---- what follows a relation
  FromItemPtr ReadSuffixes(size_t first, FromItemPtr item);
  FromItemPtr ReadWatermark(size_t first, FromItemPtr input);
  void ReadChanges();
  void ReadChangesBound();
  FromItemPtr ReadSample(size_t first, FromItemPtr input);
  void ReadSampleBucket(SampleFrom& sample, size_t first);
  void ReadSampleSize(SampleFrom& sample, size_t first, bool& percent);
  [[noreturn]] void FailByteLength(size_t first);
  void CheckSampleFraction(const SampleFrom& sample, size_t first);
  bool AtPivot() const;
  FromItemPtr ReadPivots(size_t first, FromItemPtr input);
  FromItemPtr ReadPivot(size_t first, FromItemPtr input);
  SelectItem ReadPivotItem();
  FromItemPtr ReadUnpivot(size_t first, FromItemPtr input);
  UnpivotFrom::Column ReadUnpivotColumn(bool several);

  // ---- pipes
  QueryPtr ReadPipes(QueryPtr query);
  FromItemPtr ReadPipe(FromItemPtr input);
  void ReadPipeOperation(PipeFrom& pipe, TableAlias& alias);
  QueryPtr ReadPipeItems();
  PipeFrom::Set ReadPipeSet();
  PipeFrom::Aggregate ReadPipeAggregate();
  PipeFrom::Organize ReadPipeOrganization();
  PipeFrom::Combine ReadPipeCombination();

  // ---- UPDATE, DELETE, MERGE
  StatementPtr ReadUpdate();
  StatementPtr ReadDelete();
  StatementPtr ReadMerge();
  TableAlias ReadTargetAlias(std::string_view statement);
  std::vector<Assignment> ReadAssignments();
  bool ReadSchemaEvolution();
  MergeClause ReadMergeClause();
  void ReadMergeAction(MergeClause& clause);
  void ReadMergeInsert(MergeClause& clause);
  void CheckMergeClauses(size_t first, const std::vector<MergeClause>& clauses);

  // ---- statements
  StatementPtr ReadStatement();
  StatementPtr ReadKnownStatement();
  // maintenance_parser.cc
  StatementPtr ReadAnalyze();
  StatementPtr ReadVacuum();
  double ReadHours(const Span& span);
  StatementPtr ReadConvert();
  StatementPtr ReadFsck();
  Name ReadTableOrPath();
  std::vector<Name> ReadColumnNames();
  StatementPtr ReadClone(size_t first, CreateTable create);
  AlterAction ReadDropFeature();
  AlterAction ReadAlterCluster();
  StatementPtr ReadTruncate();
  StatementPtr ReadOptimize();
  StatementPtr ReadReorg();
  StatementPtr ReadRestore();
  StatementPtr ReadCopyInto();
  void ReadCopyPath(CopyInto& copy);
  void ReadCopyClause(CopyInto& copy);
  bool AtWord(std::string_view word, size_t ahead = 0) const;  // One that is no keyword of ours.
  bool AcceptWord(std::string_view word);
  void ExpectWord(std::string_view word);
  StatementPtr ReadInsert(std::vector<Cte> with);
  std::vector<std::pair<Identifier, ExprPtr>> ReadPartitionValues();
  TableAlias ReadInsertAlias();
  void ReadReplaced(Insert& insert, const TableAlias& alias);
  void RefuseWithReplace(const Insert& insert, const std::string& replace);
  ReplaceMatching ReadReplaceMatching(const Insert& insert, const TableAlias& alias);
  StatementPtr ReadExplain();
  StatementPtr ReadUse();
  StatementPtr ReadSet();
  StatementPtr ReadReset();
  StatementPtr ReadDeclare();
  StatementPtr ReadSetVariable(size_t first);
  StatementPtr ReadDropVariable(size_t first);
  StatementPtr ReadExecuteImmediate();
  ExprPtr ReadVariableValue();  // Null: DEFAULT.
  StatementPtr ReadSetTimeZone(size_t first);
  std::optional<std::string> ReadZoneInterval();
  [[noreturn]] void FailUnsupportedStatement();
  [[noreturn]] void FailUnsupportedWords(size_t first, std::string about = {});
  std::string UpperWords(size_t first, size_t last) const;
  bool ReadIfExists();
  bool ReadIfNotExists();

  // ---- files of volumes
  StatementPtr ReadPut();
  StatementPtr ReadGet();
  StatementPtr ReadRemove();
  StatementPtr ReadList();

  // ---- functions that users define
  StatementPtr ReadCreateFunction(size_t first, bool or_replace, bool temporary);
  void CheckRoutineName(const CreateFunction& create, size_t first);
  std::vector<RoutineParameter> ReadRoutineParameters(bool defaults, size_t first);
  bool ReadParameterOption(RoutineParameter& parameter, bool defaults, size_t first);
  void ReadReturns(CreateFunction& create);
  void ReadRoutineCharacteristics(CreateFunction& create, size_t first);
  void ReadRoutineLanguage(size_t first);
  void ReadReturn(CreateFunction& create);
  StatementPtr ReadDescribeFunction(size_t first);
  StatementPtr ReadShowFunctions(size_t first);

  // ---- statements about what the catalog holds
  std::optional<ObjectKind> ReadObjectKind();
  StatementPtr ReadDescribe();
  void ReadAsJson(Describe& describe, size_t first);
  StatementPtr ReadShow();
  void ReadShowGrants(Show& show);
  void ReadGranted(ObjectKind& kind, Name& name);
  void ReadPattern(Show& show);
  StatementPtr ReadComment();
  StatementPtr ReadGrant();
  std::vector<std::string> ReadPrivileges();
  StatementPtr ReadDrop();
  StatementPtr ReadAlter();
  AlterAction ReadAlterAction(const std::string& about);
  AlterAction ReadAlterSet(const std::string& about);
  AlterTable::UnsetProperties ReadUnset(const std::string& about);
  AlterAction ReadDropConstraint();
  AlterTable::AddColumns ReadAddColumns();
  AlterTable::AddedColumn ReadAddedColumn();
  void RefuseAddedRules(const ColumnDefinition& column);
  bool ReadAddedPlace(AlterTable::AddedColumn& added);
  std::optional<AlterTable::ColumnPlace> ReadPlace();
  AlterTable::ReplaceColumns ReadReplaceColumns(const std::string& about);
  ColumnDefinition ReadReplacedColumn();
  [[noreturn]] void FailHiveStyle(const std::string& what, const std::string& command,
                                  const Span& span, const std::string& hint);
  AlterTable::ColumnChange ReadColumnChange(const std::string& about, bool is_change);
  void ReadHiveStyle(AlterTable::ColumnChange& change);
  void ReadColumnAction(const std::string& about, AlterTable::ColumnChange& change);
  void ReadSetOrDrop(const std::string& about, AlterTable::ColumnChange& change);
  AlterTable::RenameColumn ReadRenameColumn();
  AlterTable::DropColumns ReadDropColumns();
  AlterAction ReadDropKey();
  AlterAction ReadAlterColumn(const std::string& about);

  // ---- CREATE
  StatementPtr ReadCreate();
  StatementPtr ReadReplaceTable();
  StatementPtr ReadCreateTable(size_t first, bool or_replace);
  // `create` as the words before VIEW said.
  StatementPtr ReadCreateView(size_t first, CreateView create);
  ViewSchema ReadViewSchema();
  StatementPtr ReadCreateSchema(size_t first);
  StatementPtr ReadCreateCatalog(size_t first);
  std::string ReadManagedLocation(Span& span);
  StatementPtr ReadCreateVolume(size_t first);
  StatementPtr ReadCreateDataset(size_t first, bool or_refresh);
  StatementPtr ReadRefresh();
  StatementPtr ReadDatasetAfterKind(size_t first, CreateDataset dataset);
  StatementPtr ReadCreateLive(size_t first, bool or_refresh);
  StatementPtr ReadCreateFlow(size_t first);
  FlowBody ReadFlowBody();
  std::unique_ptr<FlowReplace> ReadFlowReplace();
  // cdc_parser.cc
  bool AtAutoCdc() const;
  void ReadAutoCdcWords();
  StatementPtr ReadAutoCdcStatement();
  void ReadAutoCdcInto(CreateFlow& flow);
  std::unique_ptr<AutoCdc> ReadAutoCdc();
  void ReadCdcFrom(AutoCdc& cdc);
  FromItemPtr ReadCdcSource();
  QueryPtr ReadQueryInParentheses();
  void ReadCdcEvents(AutoCdc& cdc);
  void ReadCdcHistory(AutoCdc& cdc);
  ColumnChoice ReadColumnChoice();
  [[noreturn]] void FailCdcOrder();
  QueryPtr ReadOptionalQuery();

  // ---- clauses of CREATE
  enum class ColumnTypes { kRequired, kOptional, kNone };
  enum class Constraints { kNone, kExpectations, kChecks };
  bool AtKey(size_t ahead = 0) const;
  bool AtColumnKey() const;
  KeyDefinition ReadKey();
  KeyDefinition ReadColumnKey(const Identifier& column);
  void ReadReferences(KeyDefinition& key);
  void ReadKeyOptions(KeyDefinition& key);
  void ReadDefinitions(TableClauses& clauses, ColumnTypes types, Constraints constraints);
  bool ReadColumnRule(TableClauses& clauses, Constraints constraints);
  ColumnDefinition ReadColumnDefinition(ColumnTypes types);
  ColumnDefinition ReadConvertedColumn();
  void ReadColumnType(ColumnDefinition& column);
  void ReadColumnOptions(ColumnDefinition& column);
  bool ReadColumnOption(ColumnDefinition& column);
  void ReadColumnDefault(ColumnDefinition& column);
  void ReadGenerated(ColumnDefinition& column);
  void ReadIdentityOptions(IdentityColumn& identity);
  bool AtTableConstraint() const;
  bool AtCheck() const;
  CheckConstraintDefinition ReadCheck();
  void RefuseColumnRules(const std::vector<ColumnDefinition>& columns, const std::string& where);
  void ReadTableConstraint(TableClauses& clauses, Constraints constraints);
  ViolationAction ReadViolationAction();
  void ReadTableClauses(TableClauses& clauses, bool is_view = false);
  bool ReadRefreshPolicy(TableClauses& clauses, std::set<std::string>& seen);
  bool ReadTableClause(TableClauses& clauses, std::set<std::string>& seen);
  bool RefuseTableClause(TableClauses& clauses, std::set<std::string>& seen);
  bool ReadSchedule(std::set<std::string>& seen);
  void ReadScheduledTimes();
  void ReadEvery();
  [[noreturn]] void FailClusteredTwice(size_t first);
  [[noreturn]] void FailClusteredPartitions(size_t first);
  void ReadHiveClause(const TableClauses& clauses, std::set<std::string>& seen);
  void ReadRowFormat(std::set<std::string>& seen);
  void CheckRowFormat(size_t first, const TableClauses& clauses, const std::set<std::string>& seen);
  void ReadPartitionedBy(TableClauses& clauses);
  void NoteClause(std::set<std::string>& seen, std::string_view name);
  Properties ReadProperties();
  std::string ReadPropertyKey();
  std::string ReadPropertyValue();
  void SkipDefinition();

  template <typename T>
  StatementPtr MakeStatement(size_t first, T node) {
    auto statement = std::make_unique<StatementNode>();
    statement->span = SpanFrom(first);
    statement->node = std::move(node);
    return statement;
  }

  const std::shared_ptr<const Parameters> parameters_;  // May be null.
  const std::vector<std::string> identifier_values_;    // Of IDENTIFIER(...) that are computed.
  // Of the statement that is read:
  ParameterMarkers markers_;
  std::vector<ExprPtr> identifiers_;
  size_t next_identifier_ = 0;
  size_t statement_ = 0;  // Where it begins.
};

}  // namespace weir::sql
