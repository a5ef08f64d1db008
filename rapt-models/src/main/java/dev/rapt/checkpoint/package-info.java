/**
 * Files of a model: safetensors in and out, folders in the Hugging Face layout, JSON configurations
 * read strictly, and files that are replaced in one step.
 */
package dev.rapt.checkpoint;
