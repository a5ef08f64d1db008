/**
 * Files of a model: reading and writing safetensors and folders in the Hugging Face layout, strict
 * reading of JSON configurations, atomic replacement of files.
 */
package dev.rapt.checkpoint;
