// The catalog on a database of either kind, with a factory that makes targets of names.
#include "gateway/catalog/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config/read.h"
#include "gateway/schema.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::gateway {
namespace {

using testing::HasSubstr;

class NamedTarget final : public Target {
 public:
  using Target::Target;
  bool accepts(CallKind) const override { return true; }
  Task<AttemptResult> attempt(const Call&, AttemptContext&, StreamSink&) override {
    co_return AttemptResult();
  }
};

// Knows the providers that the catalog knows, and counts what it made.
struct NamingFactory final : TargetFactory {
  Result<std::shared_ptr<Target>> make(const ProjectId&, EndpointKind, const std::string&,
                                       const TargetConfig& target,
                                       const ProviderMap& providers) override {
    ++made;
    if (!providers.contains(target.provider)) {
      return fail(Code::InvalidArgument, "There is no provider \"" + target.provider + "\".");
    }
    return std::make_shared<NamedTarget>(target.provider, target.model);
  }
  int made = 0;
};

template <class T>
T config(std::string_view json) {
  auto read = config::read_body<T>(json);
  EXPECT_TRUE(read) << read.error().message;
  return read ? *std::move(read) : T();
}

class CatalogTest : public testing::TestWithParam<store::Dialect> {
 protected:
  CatalogTest() : db_(GetParam()) {
    EXPECT_TRUE(store::migrate(*db_, migrations()));
    restart();
  }
  void restart() {
    service_ = std::make_unique<CatalogService>(*db_, factory_, catalogs_, queues_);
    const auto loaded = service_->load(
        {{"file", config<ProviderConfig>(R"({"base_url":"http://file/v1"})")}},
        {{"chat", config<EndpointConfig>(R"({"targets":[{"provider":"file","model":"m"}]})")}});
    ASSERT_TRUE(loaded) << loaded.error().message;
  }
  static EndpointConfig to(std::string_view provider, std::string_view model = "m") {
    return config<EndpointConfig>(R"({"targets":[{"provider":")" + std::string(provider) +
                                  R"(","model":")" + std::string(model) + R"("}]})");
  }
  auto put(const std::string& name, EndpointConfig endpoint, Expectation expectation = {}) {
    return service_->put_endpoint(kShop, name, std::move(endpoint), expectation);
  }
  std::string label(const ProjectId& project, std::string_view name) {
    const auto endpoint = catalogs_.get()->find(project, name);
    return endpoint ? endpoint->target(0)->label() : "(none)";
  }

  const ProjectId kShop{"shop"}, kDesk{"desk"};
  store::testing::TestDb db_;
  NamingFactory factory_;
  Snapshot<Catalog> catalogs_;
  metrics::Metrics metrics_;
  CallQueues queues_{metrics_};
  std::unique_ptr<CatalogService> service_;
};

INSTANTIATE_TEST_SUITE_P(Both, CatalogTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(CatalogTest, TheFilesEndpointsServeEveryProject) {
  EXPECT_EQ(label(kShop, "chat"), "file/m");
  EXPECT_EQ(label(kDesk, "chat"), "file/m");
  EXPECT_EQ(label(kShop, "draft"), "(none)");
}

TEST_P(CatalogTest, AnEndpointOfTheApiBelongsToItsProject) {
  const auto made = put("draft", to("file", "new"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->created);
  EXPECT_EQ(made->object->version, 1);
  EXPECT_EQ(made->object->declared_by, DeclaredBy::Api);
  EXPECT_EQ(label(kShop, "draft"), "file/new");
  EXPECT_EQ(label(kDesk, "draft"), "(none)");
  // Another project may use the name for something else.
  ASSERT_TRUE(service_->put_endpoint(kDesk, "draft", to("file", "other"), {}));
  EXPECT_EQ(label(kShop, "draft"), "file/new");
  EXPECT_EQ(label(kDesk, "draft"), "file/other");
}

TEST_P(CatalogTest, WhatWasMadeIsThereAfterARestart) {
  ASSERT_TRUE(
      service_->put_provider("mine", config<ProviderConfig>(R"({"base_url":"http://x"})"), {}));
  ASSERT_TRUE(put("draft", to("mine", "a")));
  ASSERT_TRUE(put("draft", to("mine", "b")));
  restart();
  EXPECT_EQ(label(kShop, "draft"), "mine/b");
  EXPECT_EQ(catalogs_.get()->find(kShop, "draft")->version, 2);
  ASSERT_TRUE(service_->delete_endpoint(kShop, "draft", {}));
  restart();
  EXPECT_EQ(label(kShop, "draft"), "(none)");
}

TEST_P(CatalogTest, WhatTheFileDeclaresIsReadOnly) {
  for (const auto& refused :
       {put("chat", to("file")).error(), service_->delete_endpoint(kShop, "chat", {}).error(),
        service_->put_provider("file", {}, {}).error(),
        service_->delete_provider("file", {}).error()}) {
    EXPECT_EQ(refused.code, Code::PermissionDenied);
    EXPECT_THAT(refused.message, HasSubstr("declared in the configuration file"));
  }
}

TEST_P(CatalogTest, CreateReplaceAndVersionsAreHeeded) {
  EXPECT_EQ(service_->delete_endpoint(kShop, "draft", {}).error().code, Code::NotFound);
  ASSERT_TRUE(put("draft", to("file"), {Write::Create, std::nullopt, false}));
  EXPECT_EQ(put("draft", to("file"), {Write::Create, std::nullopt, false}).error().code,
            Code::AlreadyExists);
  const auto stale = put("draft", to("file"), {Write::CreateOrReplace, 7, false});
  EXPECT_EQ(stale.error().code, Code::VersionConflict);
  const auto replaced = put("draft", to("file", "n"), {Write::CreateOrReplace, 1, false});
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_FALSE(replaced->created);
  EXPECT_EQ(replaced->object->version, 2);
  EXPECT_EQ(put("new", to("file"), {Write::CreateOrReplace, 1, false}).error().code,
            Code::VersionConflict);
}

TEST_P(CatalogTest, ADryRunTellsTheDifferenceAndChangesNothing) {
  ASSERT_TRUE(put("draft", to("file", "a")));
  EndpointConfig next = to("file", "b");
  next.retries.max = 5;
  const auto tried = put("draft", next, {Write::CreateOrReplace, std::nullopt, true});
  ASSERT_TRUE(tried) << tried.error().message;
  EXPECT_FALSE(tried->created);
  EXPECT_EQ(tried->changes.size(), 2u);
  EXPECT_EQ(label(kShop, "draft"), "file/a");
  EXPECT_TRUE(put("new", to("file"), {Write::Create, std::nullopt, true})->created);
  EXPECT_EQ(label(kShop, "new"), "(none)");
}

// Nothing is stored that could not be served.
TEST_P(CatalogTest, WhatCannotWorkIsRefusedWhole) {
  const auto wrong = put("draft", to("nobody"));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("endpoints.draft.targets[0]: There is no provider"));
  EXPECT_FALSE(put("two words", to("file")));
  restart();
  EXPECT_EQ(label(kShop, "draft"), "(none)");
}

TEST_P(CatalogTest, AProviderInUseCannotBeDeleted) {
  ASSERT_TRUE(
      service_->put_provider("mine", config<ProviderConfig>(R"({"base_url":"http://x"})"), {}));
  ASSERT_TRUE(put("draft", to("mine")));
  EXPECT_FALSE(service_->delete_provider("mine", {}));
  EXPECT_EQ(label(kShop, "draft"), "mine/m");
  ASSERT_TRUE(service_->delete_endpoint(kShop, "draft", {}));
  EXPECT_TRUE(service_->delete_provider("mine", {}));
  EXPECT_FALSE(catalogs_.get()->providers().contains("mine"));
}

TEST_P(CatalogTest, AReloadThatFailsLeavesEverythingAsItWas) {
  EXPECT_FALSE(service_->load({}, {{"chat", to("nobody")}}));
  EXPECT_EQ(label(kShop, "chat"), "file/m");
  ASSERT_TRUE(service_->load({{"two", ProviderConfig{}}}, {{"chat", to("two")}}));
  EXPECT_EQ(label(kShop, "chat"), "two/m");
}

// A call in flight keeps the catalog that it began with.
TEST_P(CatalogTest, OldCatalogsLiveAsLongAsTheyAreHeld) {
  ASSERT_TRUE(put("draft", to("file", "a")));
  const auto held = catalogs_.get();
  ASSERT_TRUE(put("draft", to("file", "b")));
  EXPECT_EQ(held->find(kShop, "draft")->target(0)->label(), "file/a");
  EXPECT_EQ(label(kShop, "draft"), "file/b");
}

TEST_P(CatalogTest, ListsAreSortedAndHoldTheFilesToo) {
  ASSERT_TRUE(put("zebra", to("file")));
  ASSERT_TRUE(put("ant", to("file")));
  ASSERT_TRUE(service_->put_endpoint(kDesk, "other", to("file"), {}));
  std::vector<std::string> names;
  for (const auto& endpoint : catalogs_.get()->list(kShop)) names.push_back(endpoint->name);
  EXPECT_EQ(names, (std::vector<std::string>{"ant", "chat", "zebra"}));
}

}  // namespace
}  // namespace tandem::gateway
