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
    RefuseColumnRules(dataset.clauses.columns, "of a dataset of a pipeline");
  }
  const size_t clauses = position();
  ReadTableClauses(dataset.clauses, dataset.kind == CreateDataset::Kind::kMaterializedView);
  if (!dataset.clauses.cluster_by.empty()) {
    Refuse(Unsupported("CLUSTER BY of a dataset of a pipeline", SpanFrom(clauses),
                       "use PARTITIONED BY, or leave it out"));
  }
  if (dataset.kind == CreateDataset::Kind::kMaterializedView) {
    Expect(Keyword::kAS);
    dataset.query = ReadQuery();
  } else {
    dataset.query = ReadOptionalQuery();
  }
  return MakeStatement(first, std::move(dataset));
}

// The older spelling: [TEMPORARY] [STREAMING] LIVE {TABLE | VIEW}.
StatementPtr Grammar::ReadCreateLive(size_t first, bool or_refresh) {
  const bool temporary = Accept(Keyword::kTEMPORARY) || Accept(Keyword::kTEMP);
  const bool streaming = Accept(Keyword::kSTREAMING);
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
StatementPtr Grammar::ReadCreateFlow(size_t first) {
  Expect(Keyword::kFLOW);
  CreateFlow flow;
  flow.name = ReadTableName();
  if (Accept(Keyword::kCOMMENT)) flow.comment = ReadStringText();
  Expect(Keyword::kAS);
  if (At(Keyword::kAUTO)) RefuseRest(Unsupported("AUTO CDC flows", Here()));
  if (At(Keyword::kAPPLY)) RefuseRest(Unsupported("APPLY CHANGES INTO", Here()));
  Expect(Keyword::kINSERT);
  flow.once = Accept(Keyword::kONCE);
  Expect(Keyword::kINTO);
  if (At(Keyword::kONCE) && AtName(1) && !At(Keyword::kBY, 1)) {
    Next();
    flow.once = true;
  }
  flow.target = ReadTableName();
  flow.by_name = AcceptAll({Keyword::kBY, Keyword::kNAME});
  if (At(Keyword::kREPLACE))
    RefuseRest(Unsupported("flows with REPLACE WHERE or REPLACE USING", Here()));
  flow.query = ReadQuery();
  return MakeStatement(first, std::move(flow));
}

}  // namespace weir::sql
