package dev.rapt.tokenizer.json;

import java.util.HashMap;
import java.util.Map;

/**
 * The tokenizer class of each model_type, for folders that name no class: those classes of
 * transformers 5.18 (AutoTokenizer) that are read from vocabulary files.
 */
final class ModelClasses {
  private static final Map<String, String> CLASSES = new HashMap<>();

  static {
    add("AlbertTokenizer", "albert yoso");
    add(
        "BertTokenizer",
        "align bark bert blip bros chinese_clip convbert distilbert electra ernie flava git"
            + " grounding-dino layoutlm lxmert megatron-bert mm-grounding-dino mobilebert nezha"
            + " nomic_bert qdqbert realm retribert squeezebert tvp vilt visual_bert");
    add("BigBirdTokenizer", "big_bird");
    add("BlenderbotTokenizer", "blenderbot");
    add("CamembertTokenizer", "camembert");
    add(
        "CLIPTokenizer",
        "aimv2 clip clipseg groupvit omdet-turbo oneformer owlv2 owlvit sam3 xclip");
    add("CodeLlamaTokenizer", "code_llama");
    add("DPRQuestionEncoderTokenizer", "dpr");
    add("DebertaTokenizer", "deberta");
    add("DebertaV2Tokenizer", "deberta-v2");
    add("FNetTokenizer", "fnet");
    add("FunnelTokenizer", "funnel");
    add(
        "GPT2Tokenizer",
        "blip-2 codegen dbrx emu3 gpt2 gpt_neo gptj hyperclovax_vision_v2 instructblip jais2 opt"
            + " phi starcoder2");
    add("GPTNeoXTokenizer", "falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm");
    add(
        "GemmaTokenizer",
        "diffusion_gemma gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma"
            + " shieldgemma2 t5gemma zaya");
    add("LEDTokenizer", "led");
    add("LlamaTokenizer", "idefics idefics2");
    add("M2M100Tokenizer", "m2m_100");
    add("MBart50Tokenizer", "mbart50");
    add("MBartTokenizer", "mbart");
    add("MPNetTokenizer", "mpnet");
    add("MarianTokenizer", "marian");
    add("MvpTokenizer", "mvp");
    add("NllbTokenizer", "nllb nllb-moe");
    add("PegasusTokenizer", "pegasus");
    add(
        "Qwen2Tokenizer",
        "audioflamingo3 colqwen2 cosmos3_omni fun_asr_nano hunyuan_vl internvl lighton_ocr ovis2"
            + " qianfan_ocr qwen2 qwen2_5_omni qwen2_5_vl qwen2_audio qwen2_moe qwen2_vl qwen3"
            + " qwen3_asr qwen3_moe qwen3_next qwen3_omni_moe qwen3_vl qwen3_vl_moe vibevoice");
    add("ReformerTokenizer", "reformer");
    add(
        "RobertaTokenizer",
        "bart bridgetower clap data2vec-text florence2 ibert lilt longformer mega mra roberta"
            + " roberta-prelayernorm");
    add("SplinterTokenizer", "splinter");
    add("T5Tokenizer", "mt5 musicgen musicgen_melody switch_transformers t5");
    add("WhisperTokenizer", "whisper");
    add("XGLMTokenizer", "xglm");
    add("XLMRobertaTokenizer", "gte jina_embeddings_v3 metaclip_2 trocr xlm-roberta xmod");
    add("XLNetTokenizer", "xlnet");
    // Not supported, but named, so that their vocab.txt is not read as that of BERT.
    add("BertJapaneseTokenizer", "bert-japanese");
    add("BertweetTokenizer", "bertweet");
    add("EsmTokenizer", "esm");
    add("GPTNeoXJapaneseTokenizer", "gpt_neox_japanese");
    add("PhobertTokenizer", "phobert");
    add("ProphetNetTokenizer", "prophetnet");
    add("RemBertTokenizer", "rembert");
    add("RoCBertTokenizer", "roc_bert");
    add("RoFormerTokenizer", "roformer");
    add("TapasTokenizer", "tapas");
    // transformers 5.18 has no class for these any more, but their models were published for one.
    add("T5Tokenizer", "longt5 umt5 pix2struct");
    add("PegasusTokenizer", "bigbird_pegasus pegasus_x");
    add("XLMRobertaTokenizer", "xlm-roberta-xl");
  }

  private ModelClasses() {}

  private static void add(String tokenizerClass, String modelTypes) {
    for (String type : modelTypes.split(" ", -1)) {
      CLASSES.put(type, tokenizerClass);
    }
  }

  /** Returns the tokenizer class of a model_type; empty if it has none. */
  static String of(String modelType) {
    return CLASSES.getOrDefault(modelType, "");
  }
}
