-- The names by which Redis knows the functions.

redis.register_function('propose_@hash@', propose)
redis.register_function('load_@hash@', load)
-- they free memory and let images expire: never refused for lack of memory
redis.register_function{function_name = 'sealed_@hash@', callback = sealed, flags = {'allow-oom'}}
redis.register_function{function_name = 'rewind_@hash@', callback = rewind, flags = {'allow-oom'}}
redis.register_function{function_name = 'discard_@hash@', callback = discard, flags = {'allow-oom'}}
redis.register_function{function_name = 'unsealed_@hash@', callback = unsealed, flags = {'no-writes'}}
