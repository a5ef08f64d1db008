/** Text to token ids and back. Knows no tensor. */
@org.jspecify.annotations.NullMarked
module dev.rapt.tokenizers {
  requires static org.jspecify;
  requires tools.jackson.databind;
}
