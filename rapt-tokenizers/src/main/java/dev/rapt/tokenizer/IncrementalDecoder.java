package dev.rapt.tokenizer;

import dev.rapt.tokenizer.decode.StreamingDecoder;

/**
 * Decodes ids that arrive one by one. The joined results equal the text of all ids decoded at once,
 * so text that further ids may still change is held back: an incomplete character, a run of
 * byte-fallback tokens (one invalid byte changes all of them), a space that the decoder may remove.
 * Not thread-safe.
 *
 * @apiNote Call {@link #finish} after the last id; it returns the text still held back.
 */
public final class IncrementalDecoder {
  private final IdTable table;
  private final boolean skipSpecial;
  private final StreamingDecoder decoder;

  IncrementalDecoder(IdTable table, boolean skipSpecial) {
    this.table = table;
    this.skipSpecial = skipSpecial;
    this.decoder = new StreamingDecoder(table.decoder());
  }

  /**
   * Adds an id.
   *
   * @param id the next id
   * @return the text that is now certain: often the text of the id, sometimes empty
   */
  public String next(int id) {
    String token = table.shown(id, skipSpecial);
    return token == null ? "" : decoder.next(token);
  }

  /** {@return the text still held back; the decoder can then be used again} */
  public String finish() {
    return decoder.finish();
  }
}
