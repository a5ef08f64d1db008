package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Creates post-processors from templates like {@code "[CLS] $A [SEP] $B:1 [SEP]:1"}. */
final class Templates {
  private Templates() {}

  /**
   * Creates a post-processor.
   *
   * @param idOf returns the id of a token, or -1
   * @param file named in the error if a special token is missing
   */
  static PostProcessor of(String file, ToIntFunction<String> idOf, String single, String pair) {
    Map<String, PostProcessor.Template.SpecialToken> tokens = new LinkedHashMap<>();
    return new PostProcessor.Template(
        pieces(file, idOf, single, tokens), pieces(file, idOf, pair, tokens), tokens);
  }

  private static List<PostProcessor.Template.Piece> pieces(
      String file,
      ToIntFunction<String> idOf,
      String template,
      Map<String, PostProcessor.Template.SpecialToken> tokens) {
    List<PostProcessor.Template.Piece> pieces = new ArrayList<>();
    for (String part : template.strip().split(" ", -1)) {
      boolean hasType = part.endsWith(":1") || part.endsWith(":2");
      int typeId = hasType ? part.charAt(part.length() - 1) - '0' : 0;
      String name = hasType ? part.substring(0, part.length() - 2) : part;
      if (name.equals("$A") || name.equals("$B")) {
        pieces.add(new PostProcessor.Template.Piece.Text(name.equals("$B"), typeId));
        continue;
      }
      int id = id(file, idOf, name);
      tokens.put(name, new PostProcessor.Template.SpecialToken(name, List.of(id), List.of(name)));
      pieces.add(new PostProcessor.Template.Piece.Special(name, typeId));
    }
    return pieces;
  }

  /** Returns the id of a special token, which must be there. */
  static int id(String file, ToIntFunction<String> idOf, String token) {
    int id = idOf.applyAsInt(token);
    if (id < 0) {
      throw new TokenizerFileException(
          file,
          "",
          "must hold the special token %s, got none; name another in tokenizer_config.json"
              .formatted(token),
          null);
    }
    return id;
  }
}
