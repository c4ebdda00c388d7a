-- The names by which Redis knows the functions.

redis.register_function('propose_@hash@', with_globals(propose))
redis.register_function('load_@hash@', with_globals(load))
-- they free memory and let images expire: never refused for lack of memory
redis.register_function{function_name = 'sealed_@hash@', callback = with_globals(sealed), flags = {'allow-oom'}}
redis.register_function{function_name = 'rewind_@hash@', callback = with_globals(rewind), flags = {'allow-oom'}}
redis.register_function{function_name = 'discard_@hash@', callback = with_globals(discard), flags = {'allow-oom'}}
redis.register_function{function_name = 'unsealed_@hash@', callback = with_globals(unsealed), flags = {'no-writes'}}
