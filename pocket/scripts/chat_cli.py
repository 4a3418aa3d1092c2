"""Talks with a pocket model in the terminal.

python -m scripts.chat_cli -p "What is the capital of France?"
"""

import argparse
import codecs

from nanochat.checkpoint_manager import load_model
from nanochat.common import autodetect_device_type, compute_init, exit_with_sentence
from nanochat.engine import Engine

parser = argparse.ArgumentParser(description="Chat with the model")
parser.add_argument("-i", "--source", type=str, default="sft", help="Source of the model: base|sft|rl")
parser.add_argument("-g", "--model-tag", type=str, default=None, help="Model tag to load")
parser.add_argument("-s", "--step", type=int, default=None, help="Step to load")
parser.add_argument("-p", "--prompt", type=str, default="", help="Prompt the model, get a single response back")
parser.add_argument("-t", "--temperature", type=float, default=0.6, help="Temperature for generation")
parser.add_argument("-k", "--top-k", type=int, default=50, help="Top-k sampling parameter")
parser.add_argument("-d", "--device-type", type=str, default="", choices=["cuda", "cpu", "mps"], help="Device type: pocket has cpu only (empty = autodetect)")
args = parser.parse_args()

with exit_with_sentence():
    device_type = autodetect_device_type() if args.device_type == "" else args.device_type
    _, _, _, _, device = compute_init(device_type)
    model, tokenizer, meta = load_model(args.source, device, phase="eval", model_tag=args.model_tag, step=args.step)
engine = Engine(model, tokenizer)

bos = tokenizer.get_bos_token_id()
user_start, user_end = tokenizer.encode_special("<|user_start|>"), tokenizer.encode_special("<|user_end|>")
assistant_start, assistant_end = (
    tokenizer.encode_special("<|assistant_start|>"),
    tokenizer.encode_special("<|assistant_end|>"),
)

print("\nNanoChat Interactive Mode (pocket model: it knows a little book by heart, and nothing else)")
print("-" * 50)
print("Type 'quit' or 'exit' to end the conversation")
print("Type 'clear' to start a new conversation")
print("-" * 50)


def answer(conversation: list[int]) -> list[int]:
    """Prints the answer as it comes, whole characters at a time; returns its tokens, closed."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    spoken = []
    print("\nAssistant: ", end="", flush=True)
    settings = {"num_samples": 1, "max_tokens": 256, "temperature": args.temperature, "top_k": args.top_k}
    for (token,), _ in engine.generate(conversation, **settings):
        if token in (assistant_end, bos):
            break
        spoken.append(token)
        print(decoder.decode(tokenizer.decode_single_token_bytes(token)), end="", flush=True)
    print(decoder.decode(b"", final=True))
    return [*spoken, assistant_end]


conversation_tokens = [bos]
while True:
    if args.prompt:
        user_input = args.prompt
    else:
        try:
            user_input = input("\nUser: ").strip()
        except (EOFError, KeyboardInterrupt):
            print("\nGoodbye!")
            break
    if user_input.lower() in ("quit", "exit"):
        print("Goodbye!")
        break
    if user_input.lower() == "clear":
        conversation_tokens = [bos]
        print("Conversation cleared.")
        continue
    if not user_input:
        continue
    conversation_tokens += [user_start, *tokenizer.encode(user_input), user_end, assistant_start]
    conversation_tokens += answer(conversation_tokens)
    if args.prompt:
        break
