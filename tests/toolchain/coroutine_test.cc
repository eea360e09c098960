// Temporaries in statements that contain co_await. g++ 12 destroys some of them twice (marked
// below), which is why Tandem is built with clang; these tests notice a compiler that falls back to
// that. Where a form is safe here and not elsewhere, the style (tests/tidy) may still forbid it.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "tracked.h"

namespace tandem::toolchain {
namespace {

class Temporaries : public testing::Test {
 protected:
  void SetUp() override { Tracked::reset(); }
  void TearDown() override {
    EXPECT_EQ(Tracked::living(), 0);
    EXPECT_EQ(Tracked::destroyed_twice(), 0);
  }
};

// Safe with every compiler: build first, await second.
Task<int> named_aggregate() {
  Pair pair{Tracked(2), Tracked(3)};
  co_return co_await sum(std::move(pair));
}
TEST_F(Temporaries, NamedAggregateArgument) {
  EXPECT_EQ(run(named_aggregate), 5);
}

// Destroyed twice by g++ 12.
Task<int> braced_aggregate() {
  const int value = co_await sum(Pair{Tracked(2), Tracked(3)});
  co_return value;
}
TEST_F(Temporaries, BracedAggregateArgument) {
  EXPECT_EQ(run(braced_aggregate), 5);
}

Task<int> designated_aggregate() {
  const int value = co_await sum({.first = Tracked(4), .second = Tracked(5)});
  co_return value;
}
TEST_F(Temporaries, DesignatedAggregateArgument) {
  EXPECT_EQ(run(designated_aggregate), 9);
}

Task<int> sum_or(std::optional<Pair> pair, int otherwise) {
  co_await turn();
  co_return pair ? pair->first.value() + pair->second.value() : otherwise;
}
Task<int> aggregate_into_optional() {
  const int value = co_await sum_or(Pair{Tracked(1), Tracked(2)}, 0);
  co_return value + co_await sum_or(std::nullopt, 10);
}
TEST_F(Temporaries, AggregateConvertedToOptional) {
  EXPECT_EQ(run(aggregate_into_optional), 13);
}

Task<int> first_of(std::array<Tracked, 2> both) {
  co_await turn();
  co_return both[0].value();
}
Task<int> braced_array() {
  const int value = co_await first_of(std::array{Tracked(7), Tracked(8)});
  co_return value;
}
TEST_F(Temporaries, BracedArrayArgument) {
  EXPECT_EQ(run(braced_array), 7);
}

Task<int> read_through_reference(const Pair& pair) {
  co_await turn();
  co_return pair.first.value() * pair.second.value();
}
Task<int> aggregate_by_reference() {
  const int value = co_await read_through_reference(Pair{Tracked(3), Tracked(4)});
  co_return value;
}
TEST_F(Temporaries, AggregateByReference) {
  EXPECT_EQ(run(aggregate_by_reference), 12);
}

// The universal escape: the operation is made in one statement and awaited in the next.
Task<int> operation_then_await() {
  auto operation = sum(Pair{Tracked(2), Tracked(6)});
  co_return co_await std::move(operation);
}
TEST_F(Temporaries, OperationThenAwait) {
  EXPECT_EQ(run(operation_then_await), 8);
}

template <class F>
Task<int> call(F function) {
  co_await turn();
  co_return function();
}
Task<int> named_lambda() {
  auto tracked = std::make_shared<Tracked>(11);
  auto job = [tracked] { return tracked->value(); };
  const int value = co_await call(std::move(job));
  co_return value + static_cast<int>(tracked.use_count());
}
TEST_F(Temporaries, NamedLambda) {
  EXPECT_EQ(run(named_lambda), 12);
}

// A corrupt reference count with g++ 12.
Task<int> inline_lambda() {
  auto tracked = std::make_shared<Tracked>(11);
  const int value = co_await call([tracked] { return tracked->value(); });
  co_return value + static_cast<int>(tracked.use_count());
}
TEST_F(Temporaries, InlineCapturingLambda) {
  EXPECT_EQ(run(inline_lambda), 12);
}

Task<int> inline_function() {
  Tracked tracked(21);
  const int value = co_await call(std::function<int()>([tracked] { return tracked.value(); }));
  co_return value;
}
TEST_F(Temporaries, InlineLambdaAsFunction) {
  EXPECT_EQ(run(inline_function), 21);
}

// The form that we use instead of co_await inside ?: (which also clang once got wrong).
Task<int> choose(bool first) {
  std::optional<Tracked> chosen;
  if (first) {
    chosen = co_await make(1);
  } else {
    chosen = Tracked(2);
  }
  co_return chosen->value();
}
TEST_F(Temporaries, IfElseIntoOptional) {
  EXPECT_EQ(run([] { return choose(true); }), 1);
  EXPECT_EQ(run([] { return choose(false); }), 2);
}

// The form that we use instead of Pair{co_await …, co_await …}.
Task<int> await_then_braces() {
  Tracked first = co_await make(5);
  Tracked second = co_await make(6);
  const Pair pair{std::move(first), std::move(second)};
  co_return pair.first.value() + pair.second.value();
}
TEST_F(Temporaries, AwaitThenBraces) {
  EXPECT_EQ(run(await_then_braces), 11);
}

Task<Pair> return_braces() {
  co_await turn();
  co_return Pair{Tracked(1), Tracked(9)};
}
Task<int> awaited_braces() {
  const Pair pair = co_await return_braces();
  co_return pair.first.value() + pair.second.value();
}
TEST_F(Temporaries, ReturnedBraces) {
  EXPECT_EQ(run(awaited_braces), 10);
}

Task<int> total(std::vector<Tracked> all) {
  co_await turn();
  int value = 0;
  for (const Tracked& tracked : all) value += tracked.value();
  co_return value;
}
Task<int> named_vector() {
  std::vector<Tracked> all{Tracked(1), Tracked(2), Tracked(3)};
  co_return co_await total(std::move(all));
}
TEST_F(Temporaries, NamedVector) {
  EXPECT_EQ(run(named_vector), 6);
}

Task<int> several_awaits_in_one_call() {
  const int value = co_await sum(Pair{Tracked(1), Tracked(2)}) + co_await count(Tracked(4));
  co_return value;
}
TEST_F(Temporaries, SeveralAwaitsInOneExpression) {
  EXPECT_EQ(run(several_awaits_in_one_call), 7);
}

}  // namespace
}  // namespace tandem::toolchain
