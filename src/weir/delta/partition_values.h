#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weir::delta {

// The partition values of a file by column; absent (nullopt) is NULL. Copies share one map until
// one of them is changed: a table has many files and few partitions. To be used as a map is.
class PartitionValues {
 public:
  using Map = std::map<std::string, std::optional<std::string>>;
  using value_type = Map::value_type;
  using const_iterator = Map::const_iterator;

  PartitionValues() = default;
  PartitionValues(std::initializer_list<value_type> values) : PartitionValues(Map(values)) {}
  explicit PartitionValues(Map values)
      : map_(values.empty() ? nullptr : std::make_shared<Map>(std::move(values))) {}

  const_iterator begin() const { return map().begin(); }
  const_iterator end() const { return map().end(); }
  const_iterator find(const std::string& column) const { return map().find(column); }
  bool contains(const std::string& column) const { return map().contains(column); }
  const std::optional<std::string>& at(const std::string& column) const { return map().at(column); }
  size_t size() const { return map().size(); }
  bool empty() const { return map().empty(); }

  std::optional<std::string>& operator[](const std::string& column) { return own()[column]; }
  template <typename Name, typename Text>
  void emplace(Name&& column, Text&& value) {
    own().emplace(std::forward<Name>(column), std::forward<Text>(value));
  }

  bool operator==(const PartitionValues& other) const {
    return map_ == other.map_ || map() == other.map();
  }
  bool operator<(const PartitionValues& other) const { return map() < other.map(); }

 private:
  const Map& map() const {
    static const Map kNone;
    return map_ == nullptr ? kNone : *map_;
  }
  Map& own() {
    if (map_ == nullptr) {
      map_ = std::make_shared<Map>();
    } else if (map_.use_count() > 1) {
      map_ = std::make_shared<Map>(*map_);
    }
    return *map_;
  }

  std::shared_ptr<Map> map_;
};

}  // namespace weir::delta
