package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads tekken.json, the tokenizer of Mistral's models since 2024: byte-level BPE by rank behind a
 * fixed number of special tokens. Ids are those of mistral-common 1.12.
 *
 * <p>Special tokens are recognised in a text, as everywhere else; mistral-common adds them by id.
 */
public final class TekkenReader {
  /** Names of the special tokens that all versions have. */
  public static final Map<String, AddedToken> NAMES =
      Map.of(
          "bos_token", AddedToken.special(0, "<s>"),
          "eos_token", AddedToken.special(0, "</s>"),
          "unk_token", AddedToken.special(0, "<unk>"),
          "pad_token", AddedToken.special(0, "<pad>"));

  /** The special tokens of files before version 7, which do not list them. */
  private static final List<String> FIRST_TOKENS =
      List.of(
          "<unk>",
          "<s>",
          "</s>",
          "[INST]",
          "[/INST]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]",
          "[TOOL_CALLS]",
          "[IMG]",
          "<pad>",
          "[IMG_BREAK]",
          "[IMG_END]",
          "[PREFIX]",
          "[MIDDLE]",
          "[SUFFIX]",
          "[SYSTEM_PROMPT]",
          "[/SYSTEM_PROMPT]",
          "[TOOL_CONTENT]");

  private static final int LAST_WITHOUT_LIST = 7;

  private TekkenReader() {}

  /**
   * Reads a tekken.json.
   *
   * @throws TokenizerFileException if the file cannot be read or is broken
   */
  public static TokenizerDefinition read(Path path) {
    Field root = TokenizerReader.root(path);
    Field config = root.get("config");
    List<AddedToken> special = specialTokens(root);
    int offset = special.size();
    int size = config.get("default_vocab_size").count() - offset;
    Field vocab = root.get("vocab");
    if (size < 0 || size > vocab.array().size()) {
      throw config
          .get("default_vocab_size")
          .error(
              "must be from "
                  + offset
                  + ", the number of special tokens, to "
                  + (offset + vocab.array().size())
                  + ", with all tokens of vocab");
    }
    Map<String, Integer> ids = HashMap.newHashMap(size);
    vocab.list(token -> {
      int rank = token.get("rank").count();
      if (rank < size) {
        Field bytes = token.get("token_bytes");
        ids.put(bytes.at(() -> TiktokenReader.token(bytes.string())), offset + rank);
      }
      return rank;
    });
    if (ids.size() != size) {
      throw vocab.error("must hold the ranks 0 to " + (size - 1) + ", each for another token");
    }
    Field pattern = config.get("pattern");
    TokenizerDefinition plain =
        pattern.at(() -> TiktokenReader.definition(ids, null, pattern.string(), special));
    return plain.withPostProcessor(begin(special));
  }

  private static List<AddedToken> specialTokens(Field root) {
    int count = root.get("config").get("default_num_special_tokens").count();
    List<AddedToken> tokens = new ArrayList<>();
    if (root.has("special_tokens")) {
      tokens.addAll(
          root.get("special_tokens")
              .list(token ->
                  AddedToken.special(token.get("rank").count(), token.get("token_str").string())));
    } else {
      Field version = root.get("config").get("version");
      if (!version.string().matches("v[1-" + LAST_WITHOUT_LIST + "](\\D.*)?")) {
        throw root.get("special_tokens").error("must be a list in version " + version.string());
      }
      FIRST_TOKENS.forEach(token -> tokens.add(AddedToken.special(tokens.size(), token)));
    }
    for (int id = tokens.size(); id < count; id++) {
      tokens.add(AddedToken.special(id, "<SPECIAL_" + id + ">"));
    }
    boolean inOrder = tokens.stream().map(AddedToken::id).distinct().count() == count;
    if (tokens.size() != count || !inOrder) {
      throw root.get("special_tokens")
          .error("must be at most default_num_special_tokens, " + count + ", with ranks from 0");
    }
    return tokens;
  }

  /** Returns the step that adds the token at the begin of a text. */
  private static PostProcessor begin(List<AddedToken> special) {
    AddedToken bos =
        special.stream()
            .filter(token -> token.content().equals("<s>"))
            .findFirst()
            .orElse(special.getFirst());
    PostProcessor.Template.Piece mark = new PostProcessor.Template.Piece.Special(bos.content(), 0);
    PostProcessor.Template.Piece first = new PostProcessor.Template.Piece.Text(false, 0);
    PostProcessor.Template.Piece second = new PostProcessor.Template.Piece.Text(true, 0);
    return new PostProcessor.Template(
        List.of(mark, first),
        List.of(mark, first, second),
        Map.of(
            bos.content(),
            new PostProcessor.Template.SpecialToken(
                bos.content(), List.of(bos.id()), List.of(bos.content()))));
  }
}
