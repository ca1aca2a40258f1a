#include "weir/session/binding.h"

#include "weir/session/resolver.h"
#include "weir/session/session_zone.h"

namespace weir::session {

std::optional<connect::BatchPlan> BoundInput::Plan(const connect::Progress& done,
                                                   const connect::ReadLimit& limit) const {
  return At(span, [&] { return source->Plan(done, limit); });
}

Binding::Binding(const Services& services, const SessionOptions& options,
                 const PipelineScope* scope, const SessionState* state)
    : services_(services),
      options_(options),
      scope_(scope),
      state_(state),
      now_(services.clock.Now()),
      zone_(scope == nullptr           ? options.zone
            : scope->time_zone.empty() ? UtcZone()
                                       : ZoneNamed(services, scope->time_zone)) {
  const std::string& catalog = scope != nullptr ? scope->catalog : options.catalog;
  const std::string& schema = scope != nullptr ? scope->schema : options.schema;
  root_ =
      resolvers_
          .emplace_back(std::make_shared<Resolver>(
              *this, Resolver::In::kStatement, options.principal, catalog, schema, false, nullptr))
          .get();
}

void Binding::IsFor(std::string object, std::string kind) {
  object_ = std::move(object);
  object_kind_ = std::move(kind);
}

std::optional<Diagnostic> Binding::Refuses(const std::string& kind, const std::string& name,
                                           const Span& span) const {
  if (object_.empty()) return std::nullopt;
  return Diagnostic{"INVALID_TEMP_OBJ_REFERENCE", "42K0F", span,
                    object_ + " is kept, and can't refer to the temporary " + kind + " " + name +
                        ", which ends with the session",
                    "make a " + kind + " that is kept, or a TEMPORARY " + object_kind_};
}

sql::BindOptions Binding::Options() const {
  sql::BindOptions options;
  options.current_user = options_.principal;
  options.current_catalog = scope_ != nullptr ? scope_->catalog : options_.catalog;
  options.current_schema = scope_ != nullptr ? scope_->schema : options_.schema;
  options.now = now_;
  options.zone = zone_;
  options.zones = &services_.engine.time_zones();
  options.allow_streams = scope_ != nullptr;
  return options;
}

}  // namespace weir::session
