#pragma once

#include <map>
#include <string>

#include "weir/delta/actions.h"
#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

// What weir supports of Delta's table features (PROTOCOL.md, "Table Features").
namespace weir::delta {

// Throws Error{kUnsupported} that names `table` and every feature that reading it needs and weir
// lacks.
void CheckReadable(const Protocol& protocol, const std::string& table);

// The same for writing.
void CheckWritable(const Protocol& protocol, const std::string& table);

// `protocol` raised as little as it takes to declare `feature`, with what the older protocol
// implied listed beside it; unchanged when it is declared already.
Protocol WithWriterFeature(Protocol protocol, const std::string& feature);
Protocol WithReaderWriterFeature(Protocol protocol, const std::string& feature);
// The same for columnMapping, which reader version 2 stands for.
Protocol WithColumnMapping(Protocol protocol);

// Whether the protocol lists the feature, or its version implies it.
bool HasWriterFeature(const Protocol& protocol, const std::string& feature);
// `protocol` without a feature that it has, as old as serves the rest.
Protocol WithoutFeature(Protocol protocol, const std::string& feature);
// `protocol` raised as little as it takes to have all that `at_least` has.
Protocol RaisedTo(Protocol protocol, const Protocol& at_least);

// `protocol` raised for what the columns and properties need: timestampNtz, variantType,
// columnMapping, typeWidening, deletionVectors, v2Checkpoint, inCommitTimestamp, rowTracking,
// changeDataFeed, the rules of rows and what their columns hold.
Protocol RaisedFor(const Metadata& metadata, const Schema& schema, Protocol protocol);

// Table properties of the form delta.feature.X = supported, delta.minReaderVersion and
// delta.minWriterVersion ask for a protocol and are not kept: takes them out of `metadata` and
// gives `protocol` raised accordingly. Throws Error{kUnsupported} by name for what weir lacks.
Protocol TakeProtocolProperties(Metadata& metadata, Protocol protocol);

}  // namespace weir::delta
