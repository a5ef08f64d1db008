package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.types.AddedToken;
import java.util.LinkedHashMap;
import java.util.Map;

/** The special tokens that a tokenizer class has by default, as in transformers 5.18. */
final class ClassTokens {
  private static final String END_OF_TEXT = "<|endoftext|>";

  private ClassTokens() {}

  /** Returns the tokens of a class by name; empty if the class is not known. */
  static Map<String, AddedToken> of(String tokenizerClass) {
    return switch (tokenizerClass) {
      case "RobertaTokenizer",
          "BartTokenizer",
          "LongformerTokenizer",
          "LEDTokenizer",
          "MvpTokenizer",
          "LayoutLMv3Tokenizer",
          "XLMRobertaTokenizer" ->
          fairseq(AddedToken.special(0, "<mask>"));
      case "BlenderbotTokenizer", "CamembertTokenizer", "MBartTokenizer", "MBart50Tokenizer" ->
          fairseq(mask("<mask>", false));
      case "NllbTokenizer" -> fairseq(mask("<mask>", true));
      case "XGLMTokenizer" -> named("<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>");
      case "MPNetTokenizer" -> {
        Map<String, AddedToken> tokens = fairseq(mask("<mask>", false));
        tokens.put("unk_token", AddedToken.special(0, "[UNK]"));
        yield tokens;
      }
      case "GPT2Tokenizer", "CodeGenTokenizer", "GPTNeoTokenizer", "WhisperTokenizer" ->
          named(END_OF_TEXT, END_OF_TEXT, END_OF_TEXT);
      case "GPTNeoXTokenizer" -> named(END_OF_TEXT, END_OF_TEXT, END_OF_TEXT, "", "<|padding|>");
      case "Qwen2Tokenizer" -> named("", END_OF_TEXT, END_OF_TEXT, "", END_OF_TEXT);
      case "CLIPTokenizer" -> named("<|startoftext|>", END_OF_TEXT, END_OF_TEXT, "", END_OF_TEXT);
      case "BertTokenizer",
          "DistilBertTokenizer",
          "ElectraTokenizer",
          "MobileBertTokenizer",
          "LayoutLMTokenizer",
          "ConvBertTokenizer",
          "SqueezeBertTokenizer",
          "LxmertTokenizer",
          "DPRQuestionEncoderTokenizer",
          "DPRContextEncoderTokenizer",
          "DPRReaderTokenizer" ->
          named("", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]");
      case "SplinterTokenizer" -> {
        Map<String, AddedToken> tokens =
            named("", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]");
        tokens.put("question_token", AddedToken.special(0, "[QUESTION]"));
        yield tokens;
      }
      case "FunnelTokenizer" -> named("<s>", "</s>", "<unk>", "<sep>", "<pad>", "<cls>", "<mask>");
      case "DebertaTokenizer", "DebertaV2Tokenizer" ->
          named("[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]");
      case "AlbertTokenizer", "FNetTokenizer" ->
          named("[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]");
      case "BigBirdTokenizer" -> {
        Map<String, AddedToken> tokens = named("<s>", "</s>", "<unk>", "[SEP]", "<pad>", "[CLS]");
        tokens.put("mask_token", mask("[MASK]", false));
        yield tokens;
      }
      case "XLNetTokenizer" -> {
        Map<String, AddedToken> tokens = named("<s>", "</s>", "<unk>", "<sep>", "<pad>", "<cls>");
        tokens.put("mask_token", mask("<mask>", false));
        yield tokens;
      }
      case "T5Tokenizer" -> named("", "</s>", "<unk>", "", "<pad>");
      case "PegasusTokenizer" -> named("", "</s>", "<unk>", "", "<pad>", "", "<mask_2>");
      case "ReformerTokenizer" -> named("", "</s>", "<unk>");
      case "LlamaTokenizer" -> named("<s>", "</s>", "<unk>");
      case "CodeLlamaTokenizer" -> {
        Map<String, AddedToken> tokens = named("<s>", "</s>", "<unk>");
        tokens.put("prefix_token", AddedToken.special(0, "\u2581<PRE>"));
        tokens.put("middle_token", AddedToken.special(0, "\u2581<MID>"));
        tokens.put("suffix_token", AddedToken.special(0, "\u2581<SUF>"));
        tokens.put("eot_token", AddedToken.special(0, "\u2581<EOT>"));
        tokens.put("fill_token", AddedToken.special(0, "<FILL_ME>"));
        yield tokens;
      }
      case "GemmaTokenizer" -> named("<bos>", "<eos>", "<unk>", "", "<pad>", "", "<mask>");
      case "MarianTokenizer" -> named("", "</s>", "<unk>", "", "<pad>");
      case "M2M100Tokenizer" -> named("<s>", "</s>", "<unk>", "</s>", "<pad>");
      default -> Map.of();
    };
  }

  private static Map<String, AddedToken> fairseq(AddedToken mask) {
    Map<String, AddedToken> tokens = named("<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>");
    tokens.put("mask_token", mask);
    return tokens;
  }

  /** Returns a mask that takes the white space before it, like a word. */
  private static AddedToken mask(String content, boolean normalized) {
    return new AddedToken(0, content, false, true, false, normalized, true);
  }

  /** Returns tokens in this order: begin, end, unknown, separator, padding, class, mask. */
  private static Map<String, AddedToken> named(String... contents) {
    String[] names = {"bos", "eos", "unk", "sep", "pad", "cls", "mask"};
    Map<String, AddedToken> tokens = new LinkedHashMap<>();
    for (int i = 0; i < contents.length; i++) {
      if (!contents[i].isEmpty()) {
        tokens.put(names[i] + "_token", AddedToken.special(0, contents[i]));
      }
    }
    return tokens;
  }
}
