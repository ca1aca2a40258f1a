#pragma once

#include <string>

#include "weir/delta/actions.h"
#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

// What weir supports of Delta's table features (PROTOCOL.md, "Table Features").
namespace weir::delta {

// Throws Error{kUnsupported} that names `table` and every feature that reading it needs and weir
// lacks.
void CheckReadable(const Protocol& protocol, const Metadata& metadata, const std::string& table);

// The same for writing. A feature that the protocol lists, or that an old writer version implies,
// but that nothing in the metadata puts to use asks nothing of a writer.
void CheckWritable(const Protocol& protocol, const Metadata& metadata, const Schema& schema,
                   const std::string& table);

// `protocol` raised as little as it takes to declare `feature`, with what the older protocol
// implied listed beside it; unchanged when it is declared already.
Protocol WithWriterFeature(Protocol protocol, const std::string& feature);
Protocol WithReaderWriterFeature(Protocol protocol, const std::string& feature);

// `protocol` raised for what the columns need (timestampNtz).
Protocol RaisedFor(const Schema& schema, Protocol protocol);
// The same for what the properties turn on (delta.enableDeletionVectors).
Protocol RaisedFor(const Configuration& configuration, Protocol protocol);

// Table properties of the form delta.feature.X = supported, delta.minReaderVersion and
// delta.minWriterVersion ask for a protocol and are not kept: takes them out of `metadata` and
// gives `protocol` raised accordingly. Throws Error{kUnsupported} by name for what weir lacks.
Protocol TakeProtocolProperties(Metadata& metadata, Protocol protocol);

}  // namespace weir::delta
