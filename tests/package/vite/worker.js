import { serve } from 'greenio';
import create from './app.mjs';

serve(create);
