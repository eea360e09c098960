// Writes a streamed response: typed events whose name is their type, numbered from 0. The last of
// them (response.completed, response.incomplete) holds the whole response and is written by
// finish(), when the usage is known; there is no [DONE]. Source: OpenAI API reference, Responses
// streaming events, 2026-11. Pure; one stream each.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/messages/dialect.h"
#include "gateway/responses/item_writer.h"

namespace tandem::gateway::responses {

class ResponseStreamWriter final : public messages::StreamWriter {
 public:
  explicit ResponseStreamWriter(messages::AnswerOptions options) : options_(std::move(options)) {}
  void write(const messages::Event& event, std::string& out) override;
  void finish(const cost::Usage& usage, const messages::AnswerOptions& options,
              std::string& out) override;
  int64_t events_written() const override { return sequence_; }

 private:
  struct OpenPart {
    size_t item = 0;
    size_t index = 0;  // among the item's parts
  };
  void start(const messages::Event& event, std::string& out);
  void begin_part(const messages::Event& event, std::string& out);
  void add_item(const messages::Part& begun, std::string& out);
  void delta(const OpenPart& open, std::string_view text, std::string& out);
  void end_part(const OpenPart& open, std::string& out);
  // Ends the last item, whose parts have all ended.
  void end_item(std::string_view status, std::string& out);
  // One event about a part: where it is, then what `rest` writes.
  template <class Rest>
  void part_event(std::string_view type, const OpenPart& open, const Rest& rest, std::string& out);
  template <class Body>
  void send(std::string_view type, const Body& body, std::string& out);
  std::string whole(std::string_view status, std::string_view output, std::string_view usage) const;
  void add_other(const messages::Part& begun, std::string& out);
  // The place of a part in its item's list: of the summary or of the content.
  int64_t place_of(const OpenPart& open) const;

  messages::AnswerOptions options_;
  ItemStyle style_{"", true};
  bool started_ = false;
  int64_t sequence_ = 0;
  std::string id_, model_;
  int64_t created_s_ = 0;
  messages::Extras extras_;  // of the whole answer, in this dialect
  std::vector<Item> items_;
  std::vector<std::string> ended_items_;  // as JSON
  std::map<int64_t, OpenPart> open_;      // by part
  messages::Finish finish_ = messages::Finish::Stop;
};

}  // namespace tandem::gateway::responses
