"""
Writes a tiny language model of random weights, serves it with llama.cpp's own server on a free port until it is ended,
and prints the address.

Usage: llama_cpp_server.py FOLDER [embeddings]

For embeddings it is a server of its own: one that makes them writes no text.
"""

import sys
import time

import gguf
import numpy
import xllamacpp

WIDTH, HEADS, FEED_FORWARD, CONTEXT = 32, 2, 64, 512
WORDS = [f"▁word{index}" for index in range(64)]
SPECIAL = ["<unk>", "<s>", "</s>"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
CHAT = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant: "


def write_model(path):
    random = numpy.random.default_rng(7)
    tokens = SPECIAL + BYTES + WORDS
    kinds = gguf.TokenType
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * (len(SPECIAL) + len(BYTES)) + [-float(index) for index in range(len(WORDS))])
    writer.add_token_types(
        [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL] + [kinds.BYTE] * len(BYTES) + [kinds.NORMAL] * len(WORDS)
    )
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(CHAT)

    def matrix(rows, columns):
        return random.normal(0, 0.2, (rows, columns)).astype(numpy.float32)

    # Only words are likely: neither bytes, which are no text by themselves, nor the end.
    output = matrix(len(tokens), WIDTH) * 20
    output[: len(SPECIAL) + len(BYTES)] = 0
    writer.add_tensor("token_embd.weight", matrix(len(tokens), WIDTH))
    writer.add_tensor("output_norm.weight", numpy.ones(WIDTH, numpy.float32))
    writer.add_tensor("output.weight", output)
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", numpy.ones(WIDTH, numpy.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        writer.add_tensor(f"blk.0.{name}.weight", matrix(WIDTH, WIDTH))
    writer.add_tensor("blk.0.ffn_gate.weight", matrix(FEED_FORWARD, WIDTH))
    writer.add_tensor("blk.0.ffn_up.weight", matrix(FEED_FORWARD, WIDTH))
    writer.add_tensor("blk.0.ffn_down.weight", matrix(WIDTH, FEED_FORWARD))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def serve(path, makes_embeddings):
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    # Two threads on two busy cores wait for each other most of the time.
    params.cpuparams.n_threads = 1
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.warmup = False
    if makes_embeddings:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


model = f"{sys.argv[1]}/tiny.gguf"
write_model(model)
serve(model, "embeddings" in sys.argv[2:])
