/**
 * Downloads from the Hugging Face hub, into a cache that is shared with the Python library {@code
 * huggingface_hub}.
 */
package dev.rapt.hub;
