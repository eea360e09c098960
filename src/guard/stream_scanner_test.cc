#include "guard/stream_scanner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text/utf8.h"
#include "guard/testing/corpus.h"

namespace tandem::guard {
namespace {

using testing::Case;
using testing::expand;

std::shared_ptr<const SecretScanner> scanner() {
  static const auto shared = *SecretScanner::create();
  return shared;
}

std::shared_ptr<const CompiledPolicy> compiled(const Policy& policy) {
  return compile_policy(policy).value();
}

std::shared_ptr<const CompiledPolicy> redact_all() {
  static const auto shared = compiled(Policy{});
  return shared;
}

struct Outcome {
  std::string text;
  std::vector<Finding> findings;
  bool blocked = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void take(Outcome& outcome, StreamScanner::Output output) {
  outcome.text += output.text;
  for (Finding& finding : output.findings) outcome.findings.push_back(std::move(finding));
  outcome.blocked = output.blocked;
}

void sort_findings(Outcome& outcome) {
  std::sort(outcome.findings.begin(), outcome.findings.end(),
            [](const Finding& a, const Finding& b) {
              return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
            });
}

// Feeds `text` cut at `cuts` (ascending offsets).
Outcome run(std::string_view text, const std::vector<size_t>& cuts,
            const std::shared_ptr<const CompiledPolicy>& policy = redact_all()) {
  StreamScanner stream(scanner(), policy);
  Outcome outcome;
  size_t from = 0;
  for (const size_t cut : cuts) {
    take(outcome, stream.feed(text.substr(from, cut - from)));
    EXPECT_LE(stream.held_bytes(), kMaxHold);
    from = cut;
  }
  take(outcome, stream.feed(text.substr(from)));
  EXPECT_LE(stream.held_bytes(), kMaxHold);
  take(outcome, stream.finish());
  EXPECT_EQ(stream.held_bytes(), 0u);
  sort_findings(outcome);
  return outcome;
}

std::vector<size_t> every_byte(size_t size) {
  std::vector<size_t> cuts(size);
  for (size_t i = 0; i < size; ++i) cuts[i] = i;
  return cuts;
}

std::vector<size_t> random_cuts(size_t size, std::mt19937& random) {
  std::vector<size_t> cuts;
  const size_t most = 1 + random() % 40;
  for (size_t at = 0; at < size; at += 1 + random() % most) cuts.push_back(at);
  return cuts;
}

// What `findings` make of `text`, written down independently of the stream.
std::string redacted(std::string_view text, const std::vector<Finding>& findings) {
  std::string out;
  size_t from = 0;
  for (const Finding& finding : findings) {
    out += text.substr(from, finding.begin - from);
    out += "[REDACTED:" + finding.rule + "]";
    from = finding.end;
  }
  return out += text.substr(from);
}

std::vector<Case> corpus() {
  static const auto cases = testing::read_cases(TANDEM_GUARD_TESTDATA "/rules.txt", 7);
  return cases;
}

TEST(StreamScanner, FindsWhatTheWholeTextHasWhenFedByteByByte) {
  for (const Case& c : corpus()) {
    const Outcome whole = run(c.text, {});
    EXPECT_EQ(run(c.text, every_byte(c.text.size())), whole)
        << "rules.txt:" << c.line << " " << c.text;
    EXPECT_EQ(whole.text, redacted(c.text, whole.findings)) << "rules.txt:" << c.line;
    const auto scanned = scanner()->scan(c.text);
    ASSERT_EQ(scanned.size(), whole.findings.size());
    for (size_t i = 0; i < scanned.size(); ++i) {
      EXPECT_EQ(scanned[i].rule, whole.findings[i].rule);
      EXPECT_EQ(scanned[i].begin, whole.findings[i].begin);
      EXPECT_EQ(scanned[i].end, whole.findings[i].end);
    }
  }
}

// Texts of several cases run together, with noise of other alphabets between, cut at random.
TEST(StreamScanner, VerdictAndTextDoNotDependOnTheCuts) {
  const auto cases = corpus();
  const std::string_view noise[] = {" ",   "\n",    "é",   "日本語", "\xFF\xFE",   "🔑",
                                    "sk-", "\"",    "",    "\\n",    "password: ", "=",
                                    "\0x", "-----", "tok", "://",    "eyJ",        "&"};
  std::mt19937 random(11);
  for (int round = 0; round < 1500; ++round) {
    std::string text;
    const size_t parts = 1 + random() % 5;
    for (size_t i = 0; i < parts; ++i) {
      const std::string& piece = cases[random() % cases.size()].text;
      text += random() % 8 == 0 ? piece.substr(0, random() % (piece.size() + 1)) : piece;
      text += noise[random() % std::size(noise)];
    }
    const Outcome whole = run(text, {});
    for (int cut = 0; cut < 3; ++cut) {
      ASSERT_EQ(run(text, random_cuts(text.size(), random)), whole) << text;
    }
  }
}

TEST(StreamScanner, PoliciesOfEveryActionAreCutInvariant) {
  const auto cases = corpus();
  Policy mixed;
  mixed.rule_actions = {{"generic", Action::Alert}, {"code", Action::Block}};
  mixed.disabled_rules = {"payment"};
  mixed.allow_patterns = {"[a-m].*"};
  const std::vector<std::shared_ptr<const CompiledPolicy>> policies = {
      compiled(*find_builtin_policy("secrets-block")),
      compiled(*find_builtin_policy("secrets-alert")), compiled(mixed)};
  std::mt19937 random(12);
  for (int round = 0; round < 600; ++round) {
    std::string text;
    for (int i = 0; i < 3; ++i) text += cases[random() % cases.size()].text + " ";
    for (const auto& policy : policies) {
      const Outcome whole = run(text, {}, policy);
      ASSERT_EQ(run(text, random_cuts(text.size(), random), policy), whole) << text;
      ASSERT_EQ(run(text, every_byte(text.size()), policy), whole) << text;
    }
  }
}

TEST(StreamScanner, ReleasesPlainTextAtOnce) {
  StreamScanner stream(scanner(), redact_all());
  for (const std::string_view delta :
       {"Hello", ", how", " can I", " help?", " The", " weather", " in Madrid is",
        " fine:", " 23 °C.", "\n\n1. **First**", ", open the door.\n"}) {
    EXPECT_EQ(stream.feed(delta).text, delta);
  }
}

TEST(StreamScanner, HoldsNoNameOnlyTheValue) {
  StreamScanner stream(scanner(), redact_all());
  EXPECT_EQ(stream.feed("the password").text, "the password");
  EXPECT_EQ(stream.feed(": ").text, ": ");
  EXPECT_EQ(stream.feed("hunter").text, "");
  const auto output = stream.feed("2hunter\n");
  EXPECT_EQ(output.text, "[REDACTED:generic-password]\n");
  ASSERT_EQ(output.findings.size(), 1u);
  EXPECT_EQ(output.findings[0], (Finding{"generic-password", 14, 27, Action::Redact, "secrets"}));
}

TEST(StreamScanner, HoldsThePrefixOfAnAnchorOnlyAtAWordsBeginning) {
  StreamScanner stream(scanner(), redact_all());
  EXPECT_EQ(stream.feed("a desk").text, "a desk");
  EXPECT_EQ(stream.feed("top; ask").text, "top; ask");
  EXPECT_EQ(stream.feed(" s").text, " ");
  EXPECT_EQ(stream.held_bytes(), 1u);
  EXPECT_EQ(stream.feed("k").text, "");
  EXPECT_EQ(stream.feed("y blue").text, "sky blue");
}

TEST(StreamScanner, ReleasesAWordBehindAnAnchorWhenItEnds) {
  StreamScanner stream(scanner(), redact_all());
  EXPECT_EQ(stream.feed("pip install sk-").text, "pip install ");
  EXPECT_EQ(stream.feed("learn").text, "");
  EXPECT_EQ(stream.feed(" now").text, "sk-learn now");
}

TEST(StreamScanner, ReleasesACutCharacterWhole) {
  StreamScanner stream(scanner(), redact_all());
  EXPECT_EQ(stream.feed("caf\xC3").text, "caf");
  EXPECT_EQ(stream.feed("\xA9 \xF0\x9F").text, "\xC3\xA9 ");
  EXPECT_EQ(stream.feed("\x94\x91").text, "\xF0\x9F\x94\x91");
  EXPECT_EQ(stream.feed("\xE2\x82").text, "");
  EXPECT_EQ(stream.finish().text, "\xE2\x82");  // never completed: the bytes are not lost
}

TEST(StreamScanner, NeverSplitsACharacterThatCameWhole) {
  std::mt19937 random(13);
  const std::string text =
      "日本語 password: pässwörd99 и ключ sk-" + expand("{A48}", random) + " 🔑 éé";
  StreamScanner stream(scanner(), redact_all());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto output = stream.feed(std::string_view(text).substr(i, 1));
    EXPECT_TRUE(text::is_valid_utf8(output.text));
  }
}

TEST(StreamScanner, TakesNulAndInvalidBytes) {
  std::mt19937 random(14);
  const std::string key = expand("ghp_{A36}", random);
  const std::string text = std::string("a\0b\xFF\xC0 ", 6) + key + std::string("\0\x80tail", 6);
  const Outcome outcome = run(text, every_byte(text.size()));
  EXPECT_EQ(outcome.text, std::string("a\0b\xFF\xC0 ", 6) + "[REDACTED:github-pat]" +
                              std::string("\0\x80tail", 6));
}

// Longer than the hold allows: it is sure at the limit, and covered to its end.
TEST(StreamScanner, CoversSecretsOfAnyLengthWithBoundedHold) {
  std::mt19937 random(15);
  const std::string jwt = "eyJhbGciOiJSUzI1NiJ9.eyJ" + expand("{A60000}", random);
  std::string pem = "-----BEGIN RSA PRIVATE KEY-----\n";
  for (int i = 0; i < 500; ++i) pem += expand("{b64}\\n", random);
  pem += "-----END RSA PRIVATE KEY-----";
  const std::string secret = "api_key=" + expand("{A30000}", random);
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"x " + jwt + " y", "x [REDACTED:jwt] y"},
           {"x " + pem + " y", "x [REDACTED:private-key] y"},
           {"x " + secret + " y", "x api_key=[REDACTED:generic-secret] y"}}) {
    const Outcome whole = run(text, {});
    EXPECT_EQ(whole.text, expected);
    EXPECT_EQ(whole.findings.size(), 1u);
    EXPECT_EQ(run(text, every_byte(text.size())), whole);
    EXPECT_EQ(run(text, random_cuts(text.size(), random)), whole);
  }
}

TEST(StreamScanner, KeepsLittleMemoryOfALongStream) {
  StreamScanner stream(scanner(), redact_all());
  size_t released = 0;
  for (int i = 0; i < 20000; ++i) released += stream.feed("plain words without end, ").text.size();
  EXPECT_EQ(released, 20000u * 25);
  EXPECT_EQ(stream.held_bytes(), 0u);
}

TEST(StreamScanner, BlockStopsBeforeTheSecret) {
  std::mt19937 random(16);
  const std::string key = expand("ghp_{A36}", random);
  StreamScanner stream(scanner(), compiled(*find_builtin_policy("secrets-block")));
  EXPECT_EQ(stream.feed("here: ").text, "here: ");
  EXPECT_EQ(stream.feed(key).text, "");
  const auto output = stream.feed(" and more");
  EXPECT_EQ(output.text, "");
  EXPECT_TRUE(output.blocked);
  ASSERT_EQ(output.findings.size(), 1u);
  EXPECT_EQ(output.findings[0], (Finding{"github-pat", 6, 46, Action::Block, "secrets-block"}));
  EXPECT_EQ(stream.feed("nothing goes on").text, "");
  EXPECT_EQ(stream.finish().text, "");
}

TEST(StreamScanner, AlertHoldsNothingBack) {
  std::mt19937 random(17);
  const std::string text = "key sk_live_" + expand("{A24}", random) + " end";
  StreamScanner stream(scanner(), compiled(*find_builtin_policy("secrets-alert")));
  std::string released;
  std::vector<Finding> findings;
  for (const char c : text) {
    auto output = stream.feed(std::string_view(&c, 1));
    EXPECT_EQ(output.text, std::string(1, c));
    released += output.text;
    std::move(output.findings.begin(), output.findings.end(), std::back_inserter(findings));
  }
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0], (Finding{"stripe-secret-key", 4, 36, Action::Alert, "secrets-alert"}));
  EXPECT_EQ(released, text);
}

TEST(StreamScanner, OverlappingSecretsAreOneFinding) {
  std::mt19937 random(18);
  // The narrow rule names it; the password around it is the same bytes.
  const std::string key = expand("ghp_{A36}", random);
  const Outcome outcome = run("password: " + key + "!", {});
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_EQ(outcome.findings[0].rule, "github-pat");
  EXPECT_EQ(outcome.text, "password: [REDACTED:github-pat]");
}

TEST(StreamScanner, HostileRepetitionStaysBounded) {
  std::string text;
  while (text.size() < 100'000) text += "sk-token=key=secret:password=://a:b@";
  const Outcome whole = run(text, {});
  std::mt19937 random(19);
  EXPECT_EQ(run(text, random_cuts(text.size(), random)), whole);
}

}  // namespace
}  // namespace tandem::guard
