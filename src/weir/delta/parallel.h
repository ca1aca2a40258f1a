#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <utility>

namespace weir::delta {

// How many threads reading a log uses at most.
size_t ReadingThreads();

// Runs what it is given on threads of its own, several at a time, and hands the results over in the
// order of the tasks, in the thread that gives them. A task that throws is told by the call that
// would have handed its result over; no later one is handed over then. Driven by one thread.
template <typename Result>
class OrderedTasks {
 public:
  explicit OrderedTasks(std::function<void(Result)> take, size_t most = ReadingThreads())
      : take_(std::move(take)), most_(most) {}
  ~OrderedTasks() = default;  // Waits for what runs.
  OrderedTasks(const OrderedTasks&) = delete;
  OrderedTasks& operator=(const OrderedTasks&) = delete;

  void Start(std::function<Result()> task) {
    // One in hand while the others run: nobody waits for a slow consumer.
    while (running_.size() > most_) TakeOne();
    running_.push_back(std::async(std::launch::async, std::move(task)));
  }
  void Finish() {
    while (!running_.empty()) TakeOne();
  }

 private:
  void TakeOne() {
    std::future<Result> first = std::move(running_.front());
    running_.pop_front();
    take_(first.get());
  }

  const std::function<void(Result)> take_;
  const size_t most_;
  std::deque<std::future<Result>> running_;
};

}  // namespace weir::delta
