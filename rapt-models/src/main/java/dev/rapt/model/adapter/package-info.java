/** Low-rank adapters of models (LoRA, DoRA), in the folder format of PEFT. */
@NullMarked
package dev.rapt.model.adapter;

import org.jspecify.annotations.NullMarked;
