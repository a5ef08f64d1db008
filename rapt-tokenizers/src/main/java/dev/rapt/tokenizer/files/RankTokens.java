package dev.rapt.tokenizer.files;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The special tokens and ids that the code of each {@link RankModel} adds to its ranks. */
final class RankTokens {
  private static final String END_OF_TEXT = "<|endoftext|>";
  private static final int FIRST_CL100K = 100257;

  /** The languages of Whisper in the order of their ids. */
  private static final String WHISPER_LANGUAGES =
      "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th"
          + " ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq"
          + " sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb"
          + " my bo tl mg as tt haw ln ha ba jw su yue";

  private RankTokens() {}

  /**
   * Returns the special tokens of a model and their ids.
   *
   * @param numRanks number of tokens in the rank file
   * @param vocabSize vocab_size of config.json; 0 if it is not known
   */
  static Map<String, Integer> of(RankModel model, int numRanks, int vocabSize) {
    return switch (model) {
      case GPT2, P50K -> Map.of(END_OF_TEXT, 50256);
      case CL100K -> cl100k();
      case O200K -> Map.of(END_OF_TEXT, 199999, "<|endofprompt|>", 200018);
      case LLAMA3 -> from(numRanks, llama3());
      case LLAMA4 -> from(numRanks, llama4());
      case KIMI -> from(numRanks, numbered("<|reserved_token_%d|>", numRanks, 258));
      case QWEN -> {
        List<String> tokens = list(END_OF_TEXT, "<|im_start|>", "<|im_end|>");
        tokens.addAll(numbered("<|extra_%d|>", 0, 205));
        yield from(151643, tokens);
      }
      case HUNYUAN -> {
        List<String> tokens = list(END_OF_TEXT, "<|startoftext|>", "<|bos|>", "<|eos|>", "<|pad|>");
        tokens.addAll(numbered("<|extra_%d|>", 0, 205));
        yield from(numRanks, tokens);
      }
      case STABLELM -> from(FIRST_CL100K, stableLm());
      case PHI3_SMALL -> phi3Small();
      case GLM4 ->
          from(
              numRanks,
              list(
                  END_OF_TEXT,
                  "[MASK]",
                  "[gMASK]",
                  "[sMASK]",
                  "<sop>",
                  "<eop>",
                  "<|system|>",
                  "<|user|>",
                  "<|assistant|>",
                  "<|observation|>",
                  "<|begin_of_image|>",
                  "<|end_of_image|>",
                  "<|begin_of_video|>",
                  "<|end_of_video|>"));
      case WHISPER -> from(numRanks, whisper(vocabSize > 51865 ? 100 : 99));
      case COSYVOICE -> from(numRanks, cosyVoice());
    };
  }

  private static Map<String, Integer> from(int first, List<String> tokens) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    tokens.forEach(token -> ids.put(token, first + ids.size()));
    return ids;
  }

  private static List<String> list(String... tokens) {
    return new ArrayList<>(List.of(tokens));
  }

  private static List<String> numbered(String format, int first, int count) {
    List<String> tokens = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      tokens.add(String.format(Locale.ROOT, format, i));
    }
    return tokens;
  }

  private static Map<String, Integer> cl100k() {
    Map<String, Integer> ids =
        from(FIRST_CL100K, list(END_OF_TEXT, "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"));
    ids.put("<|endofprompt|>", 100276);
    return ids;
  }

  private static Map<String, Integer> phi3Small() {
    Map<String, Integer> ids = cl100k();
    ids.putAll(from(100261, list("<|system|>", "<|user|>", "<|assistant|>")));
    ids.putAll(from(100264, numbered("<|dummy_id_%d|>", 0, 2)));
    ids.putAll(from(100266, list("<|end|>")));
    ids.putAll(from(100256, numbered("<|dummy_id_%d|>", 2, 1)));
    ids.putAll(from(100267, numbered("<|dummy_id_%d|>", 3, 9)));
    ids.putAll(from(100277, numbered("<|dummy_id_%d|>", 12, 75)));
    return ids;
  }

  private static List<String> llama3() {
    List<String> tokens =
        list(
            "<|begin_of_text|>",
            "<|end_of_text|>",
            "<|reserved_special_token_0|>",
            "<|reserved_special_token_1|>",
            "<|finetune_right_pad_id|>",
            "<|step_id|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eom_id|>",
            "<|eot_id|>",
            "<|python_tag|>");
    tokens.addAll(numbered("<|reserved_special_token_%d|>", 2, 256 - tokens.size()));
    return tokens;
  }

  private static List<String> llama4() {
    List<String> tokens =
        list(
            "<|begin_of_text|>",
            "<|end_of_text|>",
            "<|fim_prefix|>",
            "<|fim_middle|>",
            "<|fim_suffix|>",
            "<|header_start|>",
            "<|header_end|>",
            "<|eom|>",
            "<|eot|>",
            "<|step|>");
    String text = "<|text_post_train_reserved_special_token_%d|>";
    tokens.addAll(numbered(text, 0, 6));
    tokens.addAll(list("<|python_start|>", "<|python_end|>", "<|finetune_right_pad|>"));
    tokens.addAll(numbered(text, 8, 61));
    String vision = "<|vision_reserved_special_token_%d|>";
    tokens.addAll(list("<|image_start|>", "<|image_end|>"));
    tokens.addAll(numbered(vision, 0, 2));
    tokens.addAll(list("<|tile_x_separator|>", "<|tile_y_separator|>"));
    tokens.addAll(numbered(vision, 2, 4));
    tokens.add("<|image|>");
    tokens.addAll(numbered(vision, 6, 1));
    tokens.add("<|patch|>");
    tokens.addAll(numbered(vision, 7, 1041));
    tokens.addAll(numbered("<|reasoning_reserved_special_token_%d|>", 0, 8));
    tokens.addAll(list("<|reasoning_thinking_start|>", "<|reasoning_thinking_end|>"));
    tokens.addAll(numbered("<|reserved_special_token_%d|>", 0, 2048 - tokens.size()));
    return tokens;
  }

  private static List<String> stableLm() {
    List<String> tokens =
        list(
            END_OF_TEXT,
            "<|fim_prefix|>",
            "<|fim_middle|>",
            "<|fim_suffix|>",
            "<|fim_pad|>",
            "<gh_stars>",
            "<filename>",
            "<issue_start>",
            "<issue_comment>",
            "<issue_closed>",
            "<jupyter_start>",
            "<jupyter_text>",
            "<jupyter_code>",
            "<jupyter_output>",
            "<empty_output>",
            "<commit_before>",
            "<commit_msg>",
            "<commit_after>",
            "<reponame>",
            "<|endofprompt|>",
            "<|im_start|>",
            "<|im_end|>",
            "<|pause|>");
    tokens.addAll(numbered("<|reg%d|>", 0, 8));
    tokens.add("<|extra0|>");
    return tokens;
  }

  private static List<String> whisper(int numLanguages) {
    List<String> tokens = list(END_OF_TEXT, "<|startoftranscript|>");
    tokens.addAll(marks(WHISPER_LANGUAGES).subList(0, numLanguages));
    tokens.addAll(marks("translate transcribe startoflm startofprev nospeech notimestamps"));
    tokens.addAll(times());
    return tokens;
  }

  private static List<String> cosyVoice() {
    List<String> tokens = list(END_OF_TEXT, "<|startoftranscript|>");
    tokens.addAll(marks(WHISPER_LANGUAGES));
    tokens.addAll(
        marks(
            "ASR AED SER Speech /Speech BGM /BGM Laughter /Laughter Applause /Applause"
                + " HAPPY SAD ANGRY NEUTRAL"
                + " translate transcribe startoflm startofprev nospeech notimestamps"));
    tokens.addAll(numbered("<|SPECIAL_TOKEN_%d|>", 1, 30));
    tokens.addAll(marks("TTS/B TTS/O TTS/Q TTS/A TTS/CO TTS/CL TTS/H"));
    tokens.addAll(numbered("<|TTS/SP%02d|>", 1, 13));
    tokens.addAll(times());
    return tokens;
  }

  private static List<String> marks(String names) {
    return List.of(names.split(" ", -1)).stream().map(name -> "<|" + name + "|>").toList();
  }

  /** Returns the time stamps of Whisper: 0 to 30 seconds in steps of 0.02. */
  private static List<String> times() {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i <= 1500; i++) {
      tokens.add(String.format(Locale.ROOT, "<|%d.%02d|>", i / 50, i % 50 * 2));
    }
    return tokens;
  }
}
