"""Writes a few well-formed inputs for a fuzzer to start from.

    python3 scripts/lib/fuzz_seeds.py FUZZER FOLDER

A fuzzer without an entry here starts from nothing, which is fine for grammars that are small.
"""

import json
import sys
from pathlib import Path

HEAD = "POST /x HTTP/1.1\r\nhost: a\r\n"
CHUNKED = HEAD + "transfer-encoding: chunked\r\n\r\n"
HTTP = [
    "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    HEAD + "content-length: 5\r\n\r\nhello",
    CHUNKED + "5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + "5;name=1\r\nhello\r\nA\r\n0123456789\r\n0\r\ntrailer: a\r\n\r\n",
    CHUNKED + "0\r\n\r\n",
    HEAD + "expect: 100-continue\r\ncontent-length: 3, 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
    HEAD + "transfer-encoding: gzip, chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.0\r\nconnection: keep-alive, close\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nhost: [::1]:80\r\nx: a\r\n b\r\n\r\n",
    "GET http://a/b?x=1&y=%00 HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
]
EVENTS = [
    "data: a\n\n",
    'event: x\ndata: {"a":1}\nid: 4\n\ndata: [DONE]\n\n',
    ": comment\r\ndata: a\r\ndata: b\r\n\r\n",
    "\ufeffdata: x\r\rretry: 30\n\ndata\n\n",
    "id: a\0b\ndata:  two\n\nevent:\ndata:\n\n",
]
CONFIGURATIONS = [
    "s: a\nb: true\ni: 5\ne: two\nj: {a: [1, 2.5, null]}\nk: env:KEY\nc: 0.05\n"
    "t: 2026-01-01T00:00:00Z\nu: 5s\nl: [1, {n: 2, d: 1e3}]\nm: {x: {n: 1}}\n"
    "ll: [[a, b], []]\no: [{s: z}]\n",
    '{"s":"a","i":-5,"e":"one","j":{"a":[1]},"k":"file:/x","c":"1.25","u":"10ms","l":[{"n":1}]}',
    "m.x.n=5", "l.0.n=7", "s='quoted: text'", "a: &x [1]\nb: *x\n", "s: |\n  block\n  text\n",
    "s: >-\n  fold\n", "? k\n: v\n", "--- \n...\n", 's: "\\u00e9\\x41"\n', "o: [{o: [{o: []}]}]\n",
]
DOCUMENTS = [
    '{"a":[1,2.5e-3,true,false,null,"\\u00e9\\ud83d\\ude00"],"b":{"c":""}}', "[]", "-0", "1e400",
    "[[[[[[]]]]]]", '"\\n\\t"', '{"a":1,"a":2}', " \n[1 , 2]\t", '"é"',
]
TEXTS = [
    "abc the ing ab1 !-", "中文ß über Straße", "한국어 각", "😀😀 a", "a\u0301\u0302",
    "[CLS] [SEP] [MASK]", "a" * 300, "İI\u0130",
]
STATEMENTS = [
    "select 'a''b' from \"t\" where x = ?1 -- c\n and /* y */ z = $$t$$;",
    "create table a (b blob default x'00')", "insert into t values (?, :a, @b)",
]
JOURNALS = [
    b"\x00h" + bytes(64), b"\x01\x00\x40\x00\x55" + b"record one two three" * 4,
    b"\x01\x00\x90\x01\x00" + b"abcdef" * 9,
]


def cut(texts):
    """The first byte says into what pieces the rest is cut."""
    return [bytes([step]) + text.encode() for text in texts for step in (0, 7)]


def inference_requests():
    plain = (b'{"id":"1","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1.0,2.0]}],'
             b'"outputs":[{"name":"y"}]}')
    head = (b'{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32",'
            b'"parameters":{"binary_data_size":8}}]}')
    return [b"\xff\xff" + plain, len(head).to_bytes(2, "little") + head + bytes(8)]


def streams():
    def chunk(text, rest=""):
        return ('{"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"%s"}%s}]}'
                % (text, rest)).encode()  # fmt: skip
    usage = b'{"id":"1","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}'
    end = chunk("", ',"finish_reason":"stop"')
    tool = (b'{"model":"m","choices":[{"index":1,"delta":{"tool_calls":[{"index":0,'
            b'"function":{"arguments":"{}"}}]}}]}')
    return [b"\0".join([chunk("a"), chunk("b"), chunk("\\u00e9"), chunk("c"), end, usage]),
            b"\0".join([tool, tool, chunk("a"), chunk('b","refusal":"c'), chunk("d"), end])]


def calls():
    chat = ('{"model":"c","messages":[{"role":"system","content":"Be brief."},{"role":"user",'
            '"content":[{"type":"text","text":"What is it?"},{"type":"image_url",'
            '"image_url":{"url":"data:image/png;base64,AA"}}]}],"stream":true,"max_tokens":9,'
            '"stream_options":{"include_usage":false},"n":2,"tools":[{"type":"function"}]}')
    texts = ['{"model":"c","prompt":["once","upon"],"stream":true,"stream_options":{}}',
             '{"model":"c","input":["one","two"],"encoding_format":"base64","dimensions":3}']
    return [bytes([kind]) + text.encode() for kind, text in enumerate([chat, *texts])]


def converse_events():
    """Payloads with their types, which the fuzzer frames itself."""
    events = [
        'messageStart {"role":"assistant","p":"ab"}',
        'contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}',
        'contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}',
        'contentBlockStop {"contentBlockIndex":0}',
        'contentBlockDelta {"contentBlockIndex":1,"delta":{"text":"Hello"}}',
        'contentBlockStart {"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t",'
        '"name":"w"}}}',
        'contentBlockDelta {"contentBlockIndex":2,"delta":{"toolUse":{"input":"{}"}}}',
        'messageStop {"stopReason":"tool_use"}',
        'metadata {"usage":{"inputTokens":1,"outputTokens":2,"cacheReadInputTokens":3,'
        '"cacheDetails":[{"ttl":"1h","inputTokens":4}]}}',
        'throttlingException {"message":"Slow down."}',
    ]
    whole = ('{"output":{"message":{"role":"assistant","content":[{"text":"Hi"},{"toolUse":'
             '{"toolUseId":"t","name":"w","input":{}}}]}},"stopReason":"end_turn",'
             '"usage":{"inputTokens":1,"outputTokens":2}}')
    return ["\0".join(events).encode(), whole.encode()]


def cohere_events():
    events = [
        '{"type":"message-start","id":"1","delta":{"message":{"role":"assistant"}}}',
        '{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text",'
        '"text":""}}}}',
        '{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}',
        '{"type":"content-end","index":0}',
        '{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I look."}}}',
        '{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c",'
        '"function":{"name":"w","arguments":""}}}}}',
        '{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":'
        '{"arguments":"{}"}}}}}',
        '{"type":"tool-call-end","index":0}',
        '{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":'
        '{"input_tokens":1,"output_tokens":2.0}}}}',
    ]
    whole = ('{"id":"1","finish_reason":"COMPLETE","message":{"role":"assistant","tool_plan":"p",'
             '"content":[{"type":"text","text":"Hi"}],"tool_calls":[{"id":"c","function":'
             '{"name":"w","arguments":"{}"}}]},"usage":{"tokens":{"input_tokens":1}}}')
    return ["\0".join(events).encode(), whole.encode()]


def responses():
    ask = ('{"model":"c","instructions":"Be brief.","input":[{"role":"user","content":[{"type":'
           '"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,A"}]}'
           ',{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"b"}],'
           '"encrypted_content":"anthropic:c2ln"},{"type":"function_call","call_id":"1","name":"f",'
           '"arguments":"{}"},{"type":"function_call_output","call_id":"1","output":"4"},'
           '{"type":"item_reference","id":"x"},{"type":"web_search_call","id":"ws_1"}],"tools":['
           '{"type":"function","name":"f"}],"text":{"format":{"type":"text"}},"store":false}')
    answer = ('{"id":"resp_1","object":"response","status":"completed","model":"m","output":['
              '{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":['
              '{"type":"output_text","text":"a","annotations":[]},{"type":"refusal","refusal":"b"}'
              ']}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}')
    return [ask.encode(), b'{"model":"c","input":"a","stream":true}', answer.encode()]


def response_events():
    def item(kind, index, **fields):
        value = {"type": kind, "id": f"i{index}", **fields}
        added = {**value, **({"content": []} if "content" in value else {})}
        return [{"type": "response.output_item.added", "output_index": index, "item": added},
                {"type": "response.output_item.done", "output_index": index, "item": value}]
    begun = {"type": "response.created", "response": {"id": "r", "model": "m", "output": []}}
    place = {"output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": ""}
    text = item("message", 0, role="assistant", content=[{**part, "text": "ab"}])
    text[1:1] = [{"type": "response.content_part.added", **place, "part": part},
                 *({"type": "response.output_text.delta", **place, "delta": d} for d in "ab"),
                 {"type": "response.content_part.done", **place}]
    call = item("function_call", 1, call_id="c", name="f", arguments="")
    call[1:1] = [{"type": "response.function_call_arguments.delta", "output_index": 1,
                  "delta": "{}"}]
    thought = item("reasoning", 2, summary=[], encrypted_content="gAAA")
    end = {"type": "response.completed", "response": {"status": "completed", "output": [],
           "usage": {"input_tokens": 1, "output_tokens": 2}}}  # fmt: skip
    events = [begun, *text, *call, *thought, *item("web_search_call", 3), end]
    return [b"\0".join(json.dumps(event).encode() for event in events),
            b'{"type":"error","code":"x","message":"y"}']


def gemini_requests():
    request = (
        b'{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":'
        b'[{"text":"x"},{"inlineData":{"mimeType":"image/png","data":"iVBO"}}]},{"role":"model",'
        b'"parts":[{"text":"Hm","thought":true,"thoughtSignature":"c2ln"},{"functionCall":{"name":'
        b'"f","args":{"a":1}}}]},{"parts":[{"functionResponse":{"name":"f","response":{"output":'
        b'"y"}}}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}'
        b'],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},'
        b'"generationConfig":{"temperature":0.5,"topK":5,"maxOutputTokens":9,"stopSequences":["E"],'
        b'"responseMimeType":"application/json","responseSchema":{"type":"STRING"},'
        b'"thinkingConfig":{"thinkingBudget":1}}}')
    answer = (
        b'{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"functionCall":{"name":'
        b'"f","args":{}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":'
        b'{"promptTokenCount":1,"thoughtsTokenCount":2},"modelVersion":"m","responseId":"r"}')
    embed = b'{"requests":[{"model":"models/e","content":{"parts":[{"text":"one"}]}}]}'
    blocked = b'{"promptFeedback":{"blockReason":"SAFETY"}}'
    return [request, answer, embed, blocked]


def gemini_streams():
    request, answer, embed, blocked = gemini_requests()
    piece = answer.replace(b'"finishReason":"STOP",', b"")
    return [b"\0".join([piece, piece, answer]), b"\0".join([piece, answer, blocked]), blocked,
            request, embed, b'{"generateContentRequest":' + request + b"}"]


def forms():
    kind = b"multipart/form-data; boundary=b\n"
    part = b'--b\r\ncontent-disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    field = part % (b"purpose", b"", b"batch")
    file = part % (b"file", b"; filename*=utf-8''a%20b; filename=\"a\\\"b\"", b"x\r\n--c\r\n")
    return [bytes([step]) + kind + field + file + b"--b--\r\n" for step in (0, 7)]


def batch_lines():
    line = ('{"custom_id":"%s","method":"POST","url":"/v1/embeddings",'
            '"body":{"model":"m","input":["a"],"seed":12345678901234567890}}')  # fmt: skip
    text = "\n".join([line % "a", "", line % "b", "{", "[]"])
    return [bytes([step]) + text.encode() for step in (0, 7)]


SEEDS = {
    "parser_fuzz": cut(HTTP),
    "decoder_fuzz": cut(EVENTS),
    "config_fuzz": [text.encode() for text in CONFIGURATIONS],
    "walk_fuzz": [text.encode() for text in DOCUMENTS],
    "wordpiece_fuzz": [text.encode() for text in TEXTS],
    "sql_lexer_fuzz": [text.encode() for text in STATEMENTS],
    "journal_reader_fuzz": JOURNALS,
    "oip_request_fuzz": inference_requests(),
    "stream_filter_fuzz": streams(),
    "request_fuzz": calls(),
    "converse_stream_fuzz": converse_events(),
    "cohere_stream_fuzz": cohere_events(),
    "responses_request_fuzz": responses(),
    "responses_stream_fuzz": response_events(),
    "gemini_request_fuzz": gemini_requests(),
    "gemini_stream_fuzz": gemini_streams(),
    "multipart_fuzz": forms(),
    "batch_input_fuzz": batch_lines(),
}


def main():
    folder = Path(sys.argv[2])
    for number, seed in enumerate(SEEDS.get(sys.argv[1], [])):
        (folder / f"seed_{number}").write_bytes(seed)


if __name__ == "__main__":
    main()
