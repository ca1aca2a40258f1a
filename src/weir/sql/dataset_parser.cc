#include "weir/sql/grammar.h"

// What pipelines are made of.
namespace weir::sql {

// [PRIVATE] STREAMING TABLE ..., [PRIVATE] MATERIALIZED VIEW ...
StatementPtr Grammar::ReadCreateDataset(size_t first, bool or_refresh) {
  CreateDataset dataset;
  dataset.or_refresh = or_refresh;
  dataset.is_private = Accept(Keyword::kPRIVATE);
  if (Accept(Keyword::kSTREAMING)) {
    Expect(Keyword::kTABLE);
    dataset.kind = CreateDataset::Kind::kStreamingTable;
  } else {
    ExpectAll({Keyword::kMATERIALIZED, Keyword::kVIEW});
    dataset.kind = CreateDataset::Kind::kMaterializedView;
  }
  return ReadDatasetAfterKind(first, std::move(dataset));
}

StatementPtr Grammar::ReadDatasetAfterKind(size_t first, CreateDataset dataset) {
  dataset.if_not_exists = ReadIfNotExists();
  dataset.name = ReadTableName();
  if (At(TokenKind::kLeftParen)) {
    ReadDefinitions(dataset.clauses, ColumnTypes::kOptional, Constraints::kExpectations);
    if (dataset.kind == CreateDataset::Kind::kMaterializedView) {
      RefuseColumnRules(dataset.clauses.columns, "of a materialized view");
    }
  }
  ReadTableClauses(dataset.clauses, dataset.kind == CreateDataset::Kind::kMaterializedView);
  if (dataset.is_private && !dataset.clauses.keys.empty()) {
    Refuse(Unsupported("keys of a PRIVATE dataset", dataset.clauses.keys.front().span,
                       "leave them out: they tell readers what columns mean, and it has none"));
  }
  if (dataset.kind == CreateDataset::Kind::kMaterializedView) {
    Expect(Keyword::kAS);
    dataset.query = ReadQuery();
  } else if (At(Keyword::kFLOW)) {
    dataset.flow = ReadFlowBody();
  } else {
    dataset.query = ReadOptionalQuery();
  }
  return MakeStatement(first, std::move(dataset));
}

// The older spelling: [TEMPORARY] [STREAMING | INCREMENTAL] LIVE {TABLE | VIEW}.
StatementPtr Grammar::ReadCreateLive(size_t first, bool or_refresh) {
  const bool temporary = Accept(Keyword::kTEMPORARY) || Accept(Keyword::kTEMP);
  const bool streaming = Accept(Keyword::kSTREAMING) || AcceptWord("incremental");
  Expect(Keyword::kLIVE);
  if (At(Keyword::kVIEW)) {
    CreateView view;
    view.temporary = true;
    return ReadCreateView(first, std::move(view));
  }
  Expect(Keyword::kTABLE);
  CreateDataset dataset;
  dataset.or_refresh = or_refresh;
  dataset.is_private = temporary;
  dataset.kind =
      streaming ? CreateDataset::Kind::kStreamingTable : CreateDataset::Kind::kMaterializedView;
  return ReadDatasetAfterKind(first, std::move(dataset));
}

// FLOW f [COMMENT s] AS INSERT INTO [ONCE] t [BY NAME] query; ONCE may also stand before INTO.
// FLOW f [COMMENT s] AS AUTO CDC [ONCE] INTO t FROM ...
StatementPtr Grammar::ReadCreateFlow(size_t first) {
  Expect(Keyword::kFLOW);
  CreateFlow flow;
  flow.name = ReadTableName();
  if (Accept(Keyword::kCOMMENT)) flow.comment = ReadStringText();
  Expect(Keyword::kAS);
  if (AtAutoCdc()) {
    ReadAutoCdcInto(flow);
    return MakeStatement(first, std::move(flow));
  }
  Expect(Keyword::kINSERT);
  flow.body.once = Accept(Keyword::kONCE);
  Expect(Keyword::kINTO);
  if (At(Keyword::kONCE) && AtName(1) && !At(Keyword::kBY, 1)) {
    Next();
    flow.body.once = true;
  }
  flow.target = ReadTableName();
  flow.body.by_name = AcceptAll({Keyword::kBY, Keyword::kNAME});
  if (At(Keyword::kREPLACE)) {
    if (!flow.body.by_name) FailHere("write INSERT INTO t BY NAME REPLACE ...");
    flow.body.replace = ReadFlowReplace();
  }
  flow.body.query = ReadQuery();
  return MakeStatement(first, std::move(flow));
}

// REPLACE WHERE condition; REPLACE USING (columns) SEQUENCE BY column
std::unique_ptr<FlowReplace> Grammar::ReadFlowReplace() {
  const size_t first = position();
  auto replace = std::make_unique<FlowReplace>();
  Expect(Keyword::kREPLACE);
  if (Accept(Keyword::kWHERE)) {
    replace->where = ReadExpression();
  } else {
    Expect(Keyword::kUSING);
    replace->columns = ReadIdentifierList();
    if (!AcceptWord("sequence")) {
      FailHere("SEQUENCE BY column follows REPLACE USING (...): it tells which rows are newer");
    }
    Expect(Keyword::kBY);
    replace->sequence = ReadCheckedIdentifier();
  }
  replace->span = SpanFrom(first);
  return replace;
}

// FLOW INSERT [ONCE] BY NAME query; FLOW REPLACE ... BY NAME query; FLOW AUTO CDC [ONCE] FROM ...
FlowBody Grammar::ReadFlowBody() {
  Expect(Keyword::kFLOW);
  FlowBody body;
  if (AtAutoCdc()) {
    ReadAutoCdcWords();
    body.once = Accept(Keyword::kONCE);
    body.cdc = ReadAutoCdc();
    return body;
  }
  if (At(Keyword::kREPLACE)) {
    body.replace = ReadFlowReplace();
  } else {
    Expect(Keyword::kINSERT);
    body.once = Accept(Keyword::kONCE);
  }
  body.by_name = AcceptAll({Keyword::kBY, Keyword::kNAME});
  if (!body.by_name) {
    FailHere(body.replace ? "BY NAME stands between REPLACE ... and the query"
                          : "write FLOW INSERT BY NAME SELECT ...");
  }
  body.query = ReadQuery();
  return body;
}

// REFRESH {MATERIALIZED VIEW | STREAMING TABLE | [TABLE]} t [FULL] [SYNC | ASYNC]
StatementPtr Grammar::ReadRefresh() {
  const size_t first = position();
  Expect(Keyword::kREFRESH);
  RefreshDataset refresh;
  if (AcceptAll({Keyword::kMATERIALIZED, Keyword::kVIEW})) {
    refresh.kind = RefreshDataset::Kind::kMaterializedView;
  } else if (AcceptAll({Keyword::kSTREAMING, Keyword::kTABLE})) {
    refresh.kind = RefreshDataset::Kind::kStreamingTable;
  } else if (At(Keyword::kFUNCTION)) {
    RefuseRest(Unsupported("REFRESH FUNCTION", Here(), "functions are not cached"));
  } else if (!AtName() && !At(Keyword::kTABLE)) {
    RefuseRest(Unsupported("REFRESH of a path", Here(), "paths are not cached"));
  } else {
    Accept(Keyword::kTABLE);
  }
  refresh.target = ReadTableName();
  refresh.full = Accept(Keyword::kFULL);
  if (At(Keyword::kWHERE)) {
    RefuseRest(Unsupported("REFRESH ... WHERE", Here(),
                           "CREATE OR REFRESH STREAMING TABLE with another condition of REPLACE "
                           "WHERE, and again with the one that stays"));
  }
  if (AtWord("async")) {
    RefuseRest(Unsupported("REFRESH ... ASYNC", Here(), "leave it out: the statement waits"));
  }
  AcceptWord("sync");
  return MakeStatement(first, std::move(refresh));
}

}  // namespace weir::sql
