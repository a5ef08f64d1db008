package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.types.AddedToken;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Ids of added tokens as Hugging Face tokenizers assigns them: that of the vocabulary if it has the
 * token, or else the next free one. The id that a file gives does not count.
 */
final class AddedTokenIds {
  private AddedTokenIds() {}

  /**
   * Returns the added tokens with further ones. Of tokens with equal content the last one counts.
   */
  static List<AddedToken> add(Model model, List<AddedToken> present, List<AddedToken> further) {
    Map<String, AddedToken> byContent = new LinkedHashMap<>();
    int next = model.vocabSize();
    for (AddedToken token : present) {
      byContent.put(token.content(), token);
      next = Math.max(next, token.id() + 1);
    }
    for (AddedToken token : further) {
      if (token.content().isEmpty()) {
        continue;
      }
      AddedToken old = byContent.get(token.content());
      int known = old == null ? model.idOf(token.content()) : old.id();
      boolean special = token.special() || (old != null && old.special());
      byContent.put(
          token.content(),
          new AddedToken(
              known < 0 ? next++ : known,
              token.content(),
              token.singleWord(),
              token.lstrip(),
              token.rstrip(),
              token.normalized(),
              special));
    }
    return new ArrayList<>(byContent.values());
  }
}
